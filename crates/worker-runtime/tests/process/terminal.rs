//! What somebody at a terminal sees.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::child::program;

#[test]
fn on_a_terminal_lines_are_human_and_progress_is_a_bar() {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap().into_string().unwrap();
    let terminal = File::options().read(true).write(true).open(name).unwrap();
    let mut child = Command::new(program())
        .args(["--termination-message", "/nowhere/told", "work", "stop"])
        .env_clear()
        .env("TERM", "xterm")
        .env("POD_NAME", "pod-x")
        .stdin(Stdio::null())
        .stderr(terminal)
        .spawn()
        .unwrap();
    let mut screen = File::from(screen);
    let mut shown = Vec::new();
    let mut signalled = false;
    let mut chunk = [0; 4096];
    // Reading fails once the child, which has the only other end, is gone.
    while let Ok(read @ 1..) = screen.read(&mut chunk) {
        shown.extend_from_slice(&chunk[..read]);
        if !signalled && String::from_utf8_lossy(&shown).contains(" 3 tasks ") {
            kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
            signalled = true;
        }
    }
    let code = child.wait().unwrap().code();
    let shown = String::from_utf8_lossy(&shown);
    assert_eq!(code, Some(143), "{shown}");
    assert!(shown.contains("\x1b[32m INFO\x1b[0m example-worker@pod-x: working\r\n"), "{shown:?}");
    assert!(shown.contains("example-worker@pod-x: stopped exit_code=143"), "{shown:?}");
    assert!(!shown.contains("\"message\""), "{shown:?}");
}
