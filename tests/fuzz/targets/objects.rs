//! Fuzzes the laws of `laws/objects.rs`.

#![no_main]

#[path = "../laws/objects.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
