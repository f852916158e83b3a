//! What can go wrong with a location.

mod action;
mod error_type;
mod io;
mod kind;

pub use action::Action;
pub use error_type::Error;
pub use kind::ErrorKind;
