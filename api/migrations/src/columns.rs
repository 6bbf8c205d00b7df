//! Short forms of the few column types in use: text, 64-bit and 32-bit integers, truth, bytes.

use sea_orm_migration::sea_query::{Alias, ColumnDef, Table, TableCreateStatement};

/// A table with these columns.
pub(crate) fn table(name: &str, columns: Vec<ColumnDef>) -> TableCreateStatement {
    let mut statement = Table::create().table(Alias::new(name)).to_owned();
    for column in columns {
        statement.col(column);
    }
    statement
}

pub(crate) fn key(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().primary_key().to_owned()
}

pub(crate) fn single(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().primary_key().to_owned()
}

pub(crate) fn serial(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name))
        .big_integer()
        .not_null()
        .auto_increment()
        .primary_key()
        .to_owned()
}

pub(crate) fn text(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().not_null().to_owned()
}

pub(crate) fn text_null(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).text().null().to_owned()
}

pub(crate) fn long(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().not_null().to_owned()
}

pub(crate) fn long_null(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).big_integer().null().to_owned()
}

pub(crate) fn int(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().not_null().to_owned()
}

pub(crate) fn int_null(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).integer().null().to_owned()
}

pub(crate) fn truth(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).boolean().not_null().to_owned()
}

pub(crate) fn bytes(name: &str) -> ColumnDef {
    ColumnDef::new(Alias::new(name)).blob().not_null().to_owned()
}
