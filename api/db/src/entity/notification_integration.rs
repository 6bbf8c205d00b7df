use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_integration")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub organization_id: String,
    pub display_name: String,
    pub description: String,
    pub kind: String,
    pub target: Vec<u8>,
    pub pepper_version: i32,
    pub last_us: i64,
    pub last_error: String,
    pub failing_since_us: Option<i64>,
    pub disabled: String,
    pub dropped: i64,
    pub created_us: i64,
    pub updated_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
