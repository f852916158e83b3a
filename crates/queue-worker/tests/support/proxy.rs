//! A TCP proxy that cuts connections: before a request reaches the server, or after it was executed.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// A proxy for one server, until the test ends.
pub struct Proxy {
    port: u16,
    requests: Arc<AtomicU64>,
    cuts: Arc<AtomicU64>,
}

impl Proxy {
    /// Cuts every `period`-th request, in turn before and after the server has it. `armed` switches the cutting on.
    pub fn start(server: u16, period: u64) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (requests, cuts) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let counters = (Arc::clone(&requests), Arc::clone(&cuts));
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                serve(client, server, period, Arc::clone(&counters.0), Arc::clone(&counters.1));
            }
        });
        Proxy { port, requests, cuts }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }

    pub fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::SeqCst)
    }
}

fn serve(client: TcpStream, server: TcpStream, period: u64, requests: Arc<AtomicU64>, cuts: Arc<AtomicU64>) {
    let swallow = Arc::new(AtomicBool::new(false));
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let swallowing = Arc::clone(&swallow);
    std::thread::spawn(move || {
        let mut buffer = [0; 1 << 16];
        while let Ok(read @ 1..) = from_client.read(&mut buffer) {
            let number = requests.fetch_add(1, Ordering::SeqCst) + 1;
            if number.is_multiple_of(period) {
                let cut = cuts.fetch_add(1, Ordering::SeqCst);
                if cut.is_multiple_of(2) {
                    break;
                }
                swallowing.store(true, Ordering::SeqCst);
            }
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
            // The server has answered, so it has executed the request.
            if swallow.load(Ordering::SeqCst) || to_client.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = from_server.shutdown(Shutdown::Both);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}
