//! Fuzzes the laws of `laws/records.rs`.

#![no_main]

#[path = "../laws/records.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
