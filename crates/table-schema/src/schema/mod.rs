//! Table Schema descriptors: read, checked, and compiled into fields with their constraints.
//!
//! Nothing here looks at data. What a schema says and nobody knows is an error that names the field
//! and the property, never a check that is left out.

mod constraint;
mod constraints;
mod field;
mod field_type;
mod fields_match;
mod literal;
mod missing_values;
mod misspelt;
mod number_properties;
mod properties;
mod table;
mod unique_constraint;
mod version;

pub(crate) use constraint::Constraint;
pub(crate) use constraints::Constraints;
pub(crate) use field::Field;
pub use fields_match::{FieldsMatch, UnknownFieldsMatch};
pub(crate) use missing_values::NULL;
pub use table::Schema;
pub use unique_constraint::UniqueConstraint;
