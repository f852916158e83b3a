//! Fuzzes the laws of `laws/log_format.rs`.

#![no_main]

#[path = "../laws/log_format.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
