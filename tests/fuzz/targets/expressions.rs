//! Fuzzes the laws of `laws/expressions.rs`.

#![no_main]

#[path = "../laws/expressions.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
