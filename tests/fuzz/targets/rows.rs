//! Fuzzes the laws of `laws/rows.rs`.

#![no_main]
#![allow(dead_code)] // the model is shared with tests that use more of it

#[path = "../../../crates/table-schema/tests/agreement/calendar.rs"]
mod calendar;
#[path = "../../../crates/table-schema/tests/agreement/decimal.rs"]
mod decimal;
#[path = "../../../crates/table-schema/tests/agreement/expression.rs"]
mod expression;
#[path = "../../../crates/table-schema/tests/agreement/identifiers.rs"]
mod identifiers;
#[path = "../laws/rows.rs"]
mod law;
#[path = "../../../crates/table-schema/tests/agreement/model.rs"]
mod model;
#[path = "../../../crates/table-schema/tests/agreement/moments.rs"]
mod moments;
#[path = "../../../crates/table-schema/tests/agreement/numbers.rs"]
mod numbers;
#[path = "../../../crates/table-schema/tests/agreement/typed.rs"]
mod typed;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
