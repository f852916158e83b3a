//! Fuzzes the laws of `laws/encodings.rs`.

#![no_main]

#[path = "../laws/encodings.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
