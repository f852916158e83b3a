//! A headless Chromium, spoken to by its own protocol over two pipes:
//! <https://chromedevtools.github.io/devtools-protocol/>.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long anything in a page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser with one page.
pub struct Chromium {
    child: Child,
    stdin: ChildStdin,
    messages: Receiver<Value>,
    session: Value,
    sent: u64,
    /// Addresses that the page has asked for.
    pub asked: Vec<String>,
    /// Questions that the page has put to the reader, each answered with yes.
    pub confirmed: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Chromium {
    /// Starts one; `None` where none is installed and nobody has said that it must be.
    pub fn start() -> Option<Chromium> {
        let path = std::env::var_os("PATH").unwrap();
        let is_there = std::env::split_paths(&path).any(|folder| folder.join("chromium").is_file());
        if !is_there && std::env::var_os("REQUIRE_CHROMIUM").is_none() {
            eprintln!("left out: chromium (Debian's package of that name) is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let profile = format!("--user-data-dir={}", folder.path().display());
        // It reads from descriptor 3 and writes to 4.
        let script = "exec chromium --headless=new --no-sandbox --disable-gpu \
                      --disable-dev-shm-usage --no-first-run --remote-debugging-pipe \"$1\" \
                      about:blank 3<&0 4>&1 </dev/null >/dev/null 2>&1";
        let mut child = Command::new("sh")
            .args(["-c", script, "chromium", &profile])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(stdout).split(0).map_while(Result::ok) {
                if sender.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut browser = Chromium {
            child,
            stdin,
            messages,
            session: Value::Null,
            sent: 0,
            asked: Vec::new(),
            confirmed: Vec::new(),
            _folder: folder,
        };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        browser.session = browser.call("Target.attachToTarget", &attach)["sessionId"].clone();
        for domain in ["Page", "Network", "Runtime"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// Calls a method and waits for its answer.
    pub fn call(&mut self, method: &str, params: &Value) -> Value {
        let id = self.send(method, params);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left).expect("chromium answers");
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method} {params}: {message}");
                return message["result"].clone();
            }
            self.heard(&message);
        }
    }

    fn send(&mut self, method: &str, params: &Value) -> u64 {
        self.sent += 1;
        let mut message = json!({ "id": self.sent, "method": method, "params": params });
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        let mut bytes = serde_json::to_vec(&message).unwrap();
        bytes.push(0);
        self.stdin.write_all(&bytes).unwrap();
        self.sent
    }

    fn heard(&mut self, event: &Value) {
        match event["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = event["params"]["request"]["url"].as_str().unwrap();
                self.asked.push(url.to_owned());
            }
            Some("Page.javascriptDialogOpening") => {
                self.confirmed.push(event["params"]["message"].as_str().unwrap().to_owned());
                self.send("Page.handleJavaScriptDialog", &json!({ "accept": true }));
            }
            _ => {}
        }
    }

    /// Goes to a page.
    pub fn go(&mut self, url: &str) {
        self.call("Page.navigate", &json!({ "url": url }));
        self.until("document.readyState === 'complete'");
    }

    /// The value of an expression in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true });
        self.call("Runtime.evaluate", &params)["result"]["value"].clone()
    }

    /// Waits until an expression in the page is true; while another page comes it is not.
    #[track_caller]
    pub fn until(&mut self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.value(expression) != json!(true) {
            if Instant::now() >= deadline {
                let shown = self.value("document.body.innerText");
                panic!("never true: {expression}: {shown}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Clicks with the mouse in the middle of an element, which an expression gives.
    #[track_caller]
    pub fn click(&mut self, element: &str) {
        self.until(&format!("!!({element})"));
        let place = format!(
            "(() => {{ const it = {element}; it.scrollIntoView({{ block: 'center' }}); const box = \
             it.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; \
             }})()"
        );
        let place = self.value(&place);
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            // A question that the page asks is answered before the click is over.
            self.call("Input.dispatchMouseEvent", &params);
        }
    }

    /// Writes text where the cursor is.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({ "text": text }));
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
