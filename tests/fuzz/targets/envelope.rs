//! Fuzzes the laws of `laws/envelope.rs`.

#![no_main]

#[path = "../laws/envelope.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
