/// A decoder under test.
pub struct Target {
    /// Its name on the command line.
    pub name: &'static str,
    /// Valid inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Decodes, checks what must be true of the result, and says how it went. Equal numbers stand for equal
    /// behaviour; a new number makes an input interesting.
    pub decode: fn(&[u8]) -> u64,
}
