//! Lines for the administrator's log. Name attributes in them, never values.
//!
//! Outside of WebAssembly, in tests, they go nowhere.

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// For the author.
    Debug,
    /// For whoever wants to know.
    Info,
    /// Somebody should look.
    Warning,
    /// Something is broken.
    Error,
}

/// Writes a line. The host cuts off long lines and drops too many.
pub fn log(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    crate::wasm::log(level, message);
    #[cfg(not(target_arch = "wasm32"))]
    let _ = (level, message);
}
