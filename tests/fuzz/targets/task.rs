//! Fuzzes the laws of `laws/task.rs`.

#![no_main]

#[path = "../laws/task.rs"]
mod law;

libfuzzer_sys::fuzz_target!(|data: &[u8]| law::holds(data));
