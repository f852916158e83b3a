//! Fuzzes the laws of `laws/lines.rs`.

#![no_main]

#[path = "../laws/lines.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
