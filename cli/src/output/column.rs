/// One column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Column {
    /// Heading, upper-case.
    pub(crate) title: &'static str,
    /// Where the value stands in the API's object.
    pub(crate) pointer: &'static str,
    /// Shown by `-o wide` alone.
    pub(crate) wide: bool,
}

impl Column {
    pub(crate) const fn new(title: &'static str, pointer: &'static str) -> Self {
        Self { title, pointer, wide: false }
    }

    pub(crate) const fn wide(title: &'static str, pointer: &'static str) -> Self {
        Self { title, pointer, wide: true }
    }
}
