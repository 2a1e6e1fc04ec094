/// Why a document could not be made. No input leads here: whatever a document says, it is printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// A built-in font could not be read: the binary is damaged.
    #[error("a built-in font could not be read")]
    Font,
    /// The PDF could not be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(String),
}
