//! Fuzzes the laws of `laws/dialects.rs`.

#![no_main]

#[path = "../laws/dialects.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
