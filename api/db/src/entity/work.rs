use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "work")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub uid: String,
    pub kind: String,
    pub executor: String,
    pub due_us: i64,
    pub priority: i32,
    pub attempts: i32,
    pub wake_seq: i64,
    pub lease_owner: Option<String>,
    pub lease_until_us: Option<i64>,
    pub lease_epoch: i64,
    pub last_error: Option<String>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
