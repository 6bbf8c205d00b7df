use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cluster")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub organization_id: String,
    pub environment_id: String,
    pub display_name: String,
    pub availability: String,
    pub cloud: String,
    pub region: String,
    pub kind: String,
    pub max_ecku: Option<i32>,
    pub cku: Option<i32>,
    pub encryption_key: Option<String>,
    pub zones: Option<String>,
    pub release_priority: Option<String>,
    pub network_id: Option<String>,
    pub byok_id: Option<String>,
    pub deletion_protection: bool,
    pub placement: String,
    pub phase: String,
    pub message: Option<String>,
    pub generation: i64,
    pub observed_generation: i64,
    pub deletion_requested_us: Option<i64>,
    pub deleted_us: Option<i64>,
    pub kept_until_us: Option<i64>,
    pub created_us: i64,
    pub updated_us: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
