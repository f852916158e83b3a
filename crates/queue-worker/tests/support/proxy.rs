//! A TCP proxy that cuts connections, before a request reaches the server or after it was executed,
//! and holds requests up.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Which connections are cut.
#[derive(Clone, Copy)]
enum Cut {
    /// At every so many requests, in turn before and after the server has executed it.
    Every(u64),
    /// Once, after the server has executed the first request that has these bytes.
    After(&'static [u8]),
    /// None; every so many requests are held up for so long, and reach the server also when their
    /// client has gone.
    Late(u64, Duration),
}

impl Cut {
    /// How long this request is held up.
    fn delay(self, number: u64, cuts: &AtomicU64) -> Duration {
        match self {
            Cut::Late(period, delay) if number.is_multiple_of(period) => {
                cuts.fetch_add(1, Ordering::SeqCst);
                delay
            }
            _ => Duration::ZERO,
        }
    }

    /// Whether this request's connection is cut before it (`Some(false)`) or after it
    /// (`Some(true)`).
    fn of(self, request: &[u8], number: u64, cuts: &AtomicU64) -> Option<bool> {
        match self {
            Cut::Every(period) if number.is_multiple_of(period) => {
                Some(!cuts.fetch_add(1, Ordering::SeqCst).is_multiple_of(2))
            }
            Cut::After(bytes) if request.windows(bytes.len()).any(|part| part == bytes) => {
                (cuts.fetch_add(1, Ordering::SeqCst) == 0).then_some(true)
            }
            Cut::Every(_) | Cut::After(_) | Cut::Late(..) => None,
        }
    }
}

/// A proxy for one server, until the test ends.
pub struct Proxy {
    port: u16,
    requests: Arc<AtomicU64>,
    cuts: Arc<AtomicU64>,
    generation: Arc<AtomicU64>,
}

impl Proxy {
    /// Cuts every `period`-th request, in turn before and after the server has executed it.
    pub fn start(server: u16, period: u64) -> Proxy {
        Proxy::cutting(server, Cut::Every(period))
    }

    /// Cuts once, after the server has executed the first request that has these bytes: its answer
    /// is lost.
    pub fn losing_the_answer_to(server: u16, bytes: &'static [u8]) -> Proxy {
        Proxy::cutting(server, Cut::After(bytes))
    }

    /// Holds every `period`-th request up for `delay`, whether its client still waits or not.
    pub fn delaying(server: u16, period: u64, delay: Duration) -> Proxy {
        Proxy::cutting(server, Cut::Late(period, delay))
    }

    /// Cuts nothing.
    pub fn honest(server: u16) -> Proxy {
        Proxy::cutting(server, Cut::Every(u64::MAX))
    }

    /// From now on, the connections that are there swallow all that is sent, as those to a machine
    /// that has lost its power do. New ones work.
    pub fn go_half_open(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    fn cutting(server: u16, cut: Cut) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let proxy = Proxy {
            port,
            requests: Arc::default(),
            cuts: Arc::default(),
            generation: Arc::default(),
        };
        let (requests, cuts) = (Arc::clone(&proxy.requests), Arc::clone(&proxy.cuts));
        let generation = Arc::clone(&proxy.generation);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let life =
                    Life { born: generation.load(Ordering::SeqCst), now: Arc::clone(&generation) };
                serve(client, server, cut, life, Arc::clone(&requests), Arc::clone(&cuts));
            }
        });
        proxy
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    /// Connections cut, or requests held up.
    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Whether a connection is older than the last time that all went half-open.
#[derive(Clone)]
struct Life {
    born: u64,
    now: Arc<AtomicU64>,
}

impl Life {
    fn is_over(&self) -> bool {
        self.now.load(Ordering::SeqCst) > self.born
    }
}

fn serve(
    client: TcpStream,
    server: TcpStream,
    cut: Cut,
    life: Life,
    requests: Arc<AtomicU64>,
    cuts: Arc<AtomicU64>,
) {
    let swallow = Arc::new(AtomicBool::new(false));
    let (mut from_client, mut to_server) =
        (client.try_clone().unwrap(), server.try_clone().unwrap());
    let swallowing = Arc::clone(&swallow);
    let half_open = life.clone();
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(read @ 1..) = from_client.read(&mut buffer) {
            if half_open.is_over() {
                continue;
            }
            let number = requests.fetch_add(1, Ordering::SeqCst) + 1;
            match cut.of(&buffer[..read], number, &cuts) {
                Some(false) => break,
                Some(true) => swallowing.store(true, Ordering::SeqCst),
                None => {}
            }
            std::thread::sleep(cut.delay(number, &cuts));
            if to_server.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = from_client.shutdown(Shutdown::Both);
        let _ = to_server.shutdown(Shutdown::Both);
    });
    let (mut from_server, mut to_client) = (server, client);
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(read @ 1..) = from_server.read(&mut buffer) {
            if life.is_over() {
                continue;
            }
            // The server has answered, so it has executed the request.
            if swallow.load(Ordering::SeqCst) || to_client.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = from_server.shutdown(Shutdown::Both);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}
