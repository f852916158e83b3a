//! The types `integer` and `number`: decimal numbers of any length, never floats.

mod bare;
mod decimal;
mod format;
mod scaled;
mod value;

pub(crate) use decimal::Decimal;
pub(crate) use format::NumberFormat;
pub(crate) use scaled::{ScaledRange, scan};
pub(crate) use value::Number;
