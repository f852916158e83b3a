//! What the documents say of the programs, made from the programs themselves.

mod commands;
mod document;
mod exit_codes;
mod settings;
mod table;

pub use commands::{SharedHeading, command_reference};
pub use document::{assert_sections, assert_text, repository};
pub use exit_codes::exit_codes_markdown;
pub use settings::settings_group_markdown;
