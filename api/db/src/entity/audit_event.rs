use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_event")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub organization_id: String,
    pub created_us: i64,
    pub kind: String,
    pub service: String,
    pub method: String,
    pub subject: String,
    pub resource_type: String,
    pub resource_name: String,
    pub operation: String,
    pub principal: String,
    pub key_id: String,
    pub mechanism: String,
    pub identity: String,
    pub address: String,
    pub request: String,
    pub result: String,
    pub error_code: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
