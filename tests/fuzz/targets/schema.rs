//! Fuzzes the laws of `laws/schema.rs`.

#![no_main]

#[path = "../laws/schema.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
