//! Fuzzes the laws of `laws/log.rs`.

#![no_main]

#[path = "../laws/log.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
