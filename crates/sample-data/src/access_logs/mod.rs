//! Access logs of a shop's web site over a year, in the formats that servers write, with the truth
//! about them.

mod broken;
mod calendar;
mod cloud_line;
mod format;
mod json_line;
mod month;
mod request;
mod site;
mod text_line;
mod truth;
mod visitor;
mod word;

pub use format::Format;
pub use month::{Lines, MonthRecipe};
pub use truth::MonthTruth;
