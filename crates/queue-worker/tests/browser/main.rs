//! The page of `serve` as a reader has it: clicked in a headless Chromium, against a queue of a
//! hundred thousand tasks at which twenty workers work.

#![allow(unreachable_pub)] // nothing of a test is reached from elsewhere

mod chromium;
#[path = "../support/mod.rs"]
mod support;

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use chromium::Chromium;
use serde_json::json;
use support::{
    process::{Worker, until},
    server::Server,
};

const TOKEN: &str = "0123456789abcdef";
const TASKS: usize = 100_000;
const WORKERS: usize = 20;

fn ask<T: redis::FromRedisValue>(server: &Server, words: &[&str]) -> T {
    redis::cmd(words[0]).arg(&words[1..]).query(&mut server.connection()).unwrap()
}

/// Counts the commands that come from these addresses, as MONITOR shows them.
fn count_commands(server: &Server, from: Vec<String>) -> Arc<AtomicU64> {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    stream.write_all(b"MONITOR\r\n").unwrap();
    let count = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&count);
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "+OK");
    std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if from.iter().any(|address| line.contains(&format!(" {address}]"))) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    count
}

#[test]
fn a_reader_looks_logs_in_pauses_retries_and_drops_by_clicking() {
    let Some(mut browser) = Chromium::start() else { return };
    let server = Server::start();
    // Three dead letters first, then the tasks that the workers work at.
    Worker::feed(&server.url(), &["push"], b"bad 1\nbad 2\nbad 3\n").expect(0);
    Worker::run(&server.url(), &["run", "--max-attempts", "1", "--", "false"]).expect(0);
    let tasks: String = (0..TASKS).map(|number| format!("task {number}\n")).collect();
    Worker::feed(&server.url(), &["push"], tasks.as_bytes()).expect(0);
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    let flags = ["serve", "--listen", "127.0.0.1:0", "--token-file", token.to_str().unwrap()];
    let page = Worker::start(&server.url(), &flags);
    let mut address = String::new();
    until("the page is served", || {
        let log = page.stderr();
        let line = log.lines().find(|line| line.contains("the page is served"));
        let line = line.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        address = line.map_or(String::new(), |line| line["address"].as_str().unwrap().to_owned());
        !address.is_empty()
    });
    let clients: String = ask(&server, &["CLIENT", "LIST", "TYPE", "normal"]);
    let addresses = clients.lines().filter(|line| !line.contains("cmd=client"));
    let of =
        |line: &str| line.split(" addr=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let commands = count_commands(&server, addresses.map(of).collect());
    let work = ["run", "--handler", "simulate=20ms..60ms"];
    let workers: Vec<Worker> = (0..WORKERS).map(|_| Worker::start(&server.url(), &work)).collect();

    // Looking: the numbers change by themselves.
    browser.go(&format!("http://{address}/"));
    browser.click("[...document.querySelectorAll('a')].find(link => link.innerText === 'q')");
    browser.until("document.querySelector('h1')?.innerText === 'q'");
    let done = "[...document.querySelectorAll('dt')].find(term => term.innerText.toLowerCase() === \
                'done').nextElementSibling.innerText";
    browser.value(&format!("window.before = {done}"));
    browser.until(&format!("{done} !== window.before"));
    let holders = "document.querySelectorAll('main table')[0].rows.length";
    browser.until(&format!("{holders} > {}", WORKERS / 2));
    let (before, began) = (commands.load(Ordering::Relaxed), Instant::now());
    until("the page was open for ten seconds", || began.elapsed().as_secs() >= 10);
    let (spent, seconds) = (commands.load(Ordering::Relaxed) - before, began.elapsed().as_secs());
    assert!((1..=2 * (seconds + 1)).contains(&spent), "{spent} commands in {seconds} s");

    // A reader without the token presses nothing.
    assert_eq!(browser.value("document.querySelectorAll('form[method=post]').length"), 0);
    browser.click("[...document.querySelectorAll('a')].find(link => link.innerText === 'log in')");
    browser.click("document.querySelector('input[name=token]')");
    browser.write(TOKEN);
    browser.click("document.querySelector('main button')");
    browser.until("document.body.innerText.includes('Log out')");
    browser.go(&format!("http://{address}/queue?name=q"));
    let button = |label: &str| {
        format!("[...document.querySelectorAll('button')].find(one => one.innerText === '{label}')")
    };
    browser.click(&button("Pause"));
    until("the queue is paused", || ask::<u64>(&server, &["EXISTS", "{q}:paused"]) == 1);
    browser.click(&button("Resume"));
    until("the queue goes on", || ask::<u64>(&server, &["EXISTS", "{q}:paused"]) == 0);
    browser.until(&format!("!!{}", button("Pause")));
    browser.click(&button("Retry"));
    until("a task begins anew", || ask::<u64>(&server, &["ZCARD", "{q}:dead"]) == 2);
    browser.until("document.querySelectorAll('table.letters tr').length === 3");
    assert!(browser.confirmed.is_empty(), "nothing is gone by that: {:?}", browser.confirmed);
    browser.click(&button("Drop"));
    until("a task is forgotten", || ask::<u64>(&server, &["ZCARD", "{q}:dead"]) == 1);
    browser.until("document.querySelectorAll('table.letters tr').length === 2");
    browser.click(&button("Drop all"));
    until("all are forgotten", || ask::<u64>(&server, &["ZCARD", "{q}:dead"]) == 0);
    browser.until("document.body.innerText.includes('None: no task was given up.')");
    assert_eq!(browser.confirmed.len(), 2, "{:?}", browser.confirmed);

    // Small, dark, and alone.
    let small = json!({ "width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    browser.call("Emulation.setDeviceMetricsOverride", &small);
    browser.until("document.documentElement.scrollWidth <= 400");
    let ground = "getComputedStyle(document.documentElement).backgroundColor + \
                  getComputedStyle(document.body).backgroundColor";
    let mut grounds = Vec::new();
    for scheme in ["light", "dark"] {
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        browser.call("Emulation.setEmulatedMedia", &json!({ "features": feature }));
        grounds.push(browser.value(ground));
    }
    assert_ne!(grounds[0], grounds[1]);
    let own = format!("http://{address}/");
    let foreign: Vec<_> = browser.asked.iter().filter(|url| !url.starts_with(&own)).collect();
    assert!(foreign.is_empty() && !browser.asked.is_empty(), "{foreign:?}");
    browser.click(&button("Log out"));
    browser.until("document.body.innerText.includes('log in to change something')");
    drop(workers);
}
