use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_delivery")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub organization_id: String,
    pub notification_id: String,
    pub integration_id: String,
    pub notice_type: String,
    pub resource: String,
    pub title: String,
    pub message: String,
    pub at_us: i64,
    pub state: String,
    pub attempts: i32,
    pub due_us: i64,
    pub ended_us: i64,
    pub error: String,
    pub created_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
