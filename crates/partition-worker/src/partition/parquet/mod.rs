//! Files of Parquet as JSON lines: each row an object with its columns in the file's order, so that
//! all that is done with lines is done with rows.

mod column_values;
mod form;
mod node;
mod pages;
mod problem;
mod rows;
mod scalar;
mod window;

pub(crate) use problem::ParquetProblem;
pub(crate) use rows::ParquetRows;
