//! Fuzzes the laws of `laws/pattern.rs`.

#![no_main]

#[path = "../laws/pattern.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
