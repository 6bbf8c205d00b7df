/// How data is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    #[default]
    Table,
    /// A table with every column
    Wide,
    /// The API's object, unchanged
    Json,
    /// The API's object as YAML
    Yaml,
    /// One id or name a line
    Name,
}
