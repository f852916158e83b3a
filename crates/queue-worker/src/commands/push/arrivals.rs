//! Input that may come slowly: a file, a pipe or stdin, read by a thread of its own, so that
//! whoever cuts it into tasks can do something else when nothing comes, and can stop although the
//! producer neither writes nor ends.

use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, sync_channel},
    },
    time::Duration,
};

/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// Chunks that are read ahead.
const AHEAD: usize = 2;

/// What the reader of the input does between two pieces of it.
pub(super) trait Between {
    /// The time after which [`Between::idle`] is wanted though nothing has come; `None` for never.
    fn patience(&self) -> Option<Duration>;
    /// Called before each piece is waited for, and when nothing has come within the patience.
    fn idle(&mut self);
    /// Whether to end where the input is.
    fn is_stopped(&self) -> bool;
}

/// The bytes of one source.
pub(super) struct Arrivals<B> {
    chunks: Receiver<io::Result<Vec<u8>>>,
    chunk: Vec<u8>,
    at: usize,
    is_cut: bool,
    /// The last byte that was read.
    last: Option<u8>,
    /// Tells the thread to read no more.
    enough: Arc<AtomicBool>,
    between: B,
}

/// How long a stop may wait for what the thread has read and not handed over.
const HANDOVER: Duration = Duration::from_millis(50);
/// How often a stop is looked for where nothing comes.
const LOOK: Duration = Duration::from_millis(100);

impl<B: Between> Arrivals<B> {
    /// Begins to read: stdin for `-`. A file that cannot be opened is an error of the first read,
    /// since opening a named pipe waits for its writer.
    pub(super) fn of(path: &Path, between: B) -> Arrivals<B> {
        let (sender, chunks) = sync_channel(AHEAD);
        let path: PathBuf = path.to_owned();
        let enough = Arc::new(AtomicBool::new(false));
        let has_enough = Arc::clone(&enough);
        // Nobody waits for it: a read that never ends ends with the process.
        std::thread::spawn(move || {
            let mut input: Box<dyn Read> = if path == Path::new("-") {
                Box::new(io::stdin().lock())
            } else {
                match File::open(&path) {
                    Ok(file) => Box::new(file),
                    Err(error) => return drop(sender.send(Err(error))),
                }
            };
            while !has_enough.load(Ordering::Relaxed) {
                let mut chunk = vec![0; CHUNK];
                let sent = match input.read(&mut chunk) {
                    // The end of the input is told by a chunk without a byte.
                    Ok(0) => return drop(sender.send(Ok(Vec::new()))),
                    Ok(length) => {
                        chunk.truncate(length);
                        sender.send(Ok(chunk))
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => return drop(sender.send(Err(error))),
                };
                if sent.is_err() {
                    return;
                }
            }
        });
        Arrivals { chunks, chunk: Vec::new(), at: 0, is_cut: false, last: None, enough, between }
    }

    /// Whether the end that was read was a stop and not the input's own: what stands before it may
    /// be half a line.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether what was read last is neither LF nor CR: at the end of the input, that its last
    /// line may have been cut off.
    pub(super) fn is_unended(&self) -> bool {
        self.last.is_some_and(|byte| !matches!(byte, b'\n' | b'\r'))
    }

    fn next(&mut self) -> io::Result<Vec<u8>> {
        loop {
            self.between.idle();
            let stopped = self.between.is_stopped();
            self.enough.fetch_or(stopped, Ordering::Relaxed);
            let wait = if stopped {
                HANDOVER
            } else {
                self.between.patience().map_or(LOOK, |time| time.min(LOOK))
            };
            match self.chunks.recv_timeout(wait) {
                Ok(chunk) => return chunk,
                Err(RecvTimeoutError::Timeout) if !stopped => {}
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    self.is_cut = stopped;
                    return Ok(Vec::new());
                }
            }
        }
    }
}

impl<B: Between> Read for Arrivals<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.chunk.len() {
            self.chunk = self.next()?;
            self.at = 0;
        }
        let length = buffer.len().min(self.chunk.len() - self.at);
        buffer[..length].copy_from_slice(&self.chunk[self.at..self.at + length]);
        self.at += length;
        self.last = buffer[..length].last().copied().or(self.last);
        Ok(length)
    }
}
