//! The commands and what they say, run as a user runs them.

mod access;
mod cancelling;
mod clearing;
mod dead_letters;
mod ends;
mod later;
mod looks;
mod named_push;
mod observing;
mod page;
mod pausing;
mod push;
mod rate;
mod redis_servers;
mod refused;
mod results;
mod run_flags;
mod serving;
mod serving_access;
mod several;
#[path = "../support/mod.rs"]
mod support;

use std::time::Instant;

use rustix::process::Signal;
use support::{
    process::{Ended, Worker, until},
    server::{Server, free_port},
};

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

fn push(server: &Server, tasks: usize) {
    let lines: String = (0..tasks).map(|n| format!("task {n}\n")).collect();
    Worker::feed(&server.url(), &["push"], lines.as_bytes()).expect(0);
}

const AT_ONCE: [&str; 3] = ["run", "--handler", "simulate=0s"];

fn at_once(server: &Server, more: &[&str]) -> Ended {
    Worker::run(&server.url(), &[&AT_ONCE, more].concat())
}
