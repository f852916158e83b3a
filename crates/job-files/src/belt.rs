//! A conveyor belt between two threads: full things one way, used ones back, so that their memory
//! is used again.

use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Scope, ScopedJoinHandle};

/// Things that may wait on the belt: enough that neither thread waits for the other's uneven steps.
const WAITING: usize = 2;

/// The end where things are put on. Dropping it ends what the other thread receives.
pub struct Belt<'scope, T, R> {
    full: SyncSender<T>,
    used: Receiver<T>,
    worker: ScopedJoinHandle<'scope, R>,
}

/// The end where things arrive.
pub struct Arrivals<T> {
    full: Receiver<T>,
    used: Sender<T>,
}

impl<'scope, T: Default + Send + 'scope, R: Send + 'scope> Belt<'scope, T, R> {
    /// Starts a thread called `name` that does `work` with what arrives.
    pub fn start<'env>(
        threads: &'scope Scope<'scope, 'env>,
        name: &str,
        work: impl FnOnce(Arrivals<T>) -> R + Send + 'scope,
    ) -> std::io::Result<Self> {
        let (put, full) = sync_channel(WAITING);
        let (back, used) = channel();
        let thread = std::thread::Builder::new().name(name.to_owned());
        let worker = thread.spawn_scoped(threads, move || work(Arrivals { full, used: back }))?;
        Ok(Belt { full: put, used, worker })
    }

    /// A used thing, or a new one while there is none.
    pub fn empty(&self) -> T {
        self.used.try_recv().unwrap_or_default()
    }

    /// Puts a thing on the belt, waiting for a place. `false` when the other thread has stopped
    /// taking them.
    pub fn put(&self, thing: T) -> bool {
        self.full.send(thing).is_ok()
    }

    /// Waits until the other thread has worked off all that was put on, and returns its result.
    pub fn end(self) -> R {
        drop(self.full);
        self.worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl<T> Arrivals<T> {
    /// The next thing, or `None` when there are no more.
    pub fn next(&self) -> Option<T> {
        self.full.recv().ok()
    }

    /// Sends a thing back for another use.
    pub fn give_back(&self, thing: T) {
        // When nothing more is to come, nobody receives it.
        let _ = self.used.send(thing);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_arrive_in_order_and_come_back() {
        let (sum, came_back) = std::thread::scope(|threads| {
            let belt: Belt<'_, Vec<u32>, Vec<u32>> =
                Belt::start(threads, "test", |arrivals: Arrivals<Vec<u32>>| {
                    let mut seen = Vec::new();
                    while let Some(thing) = arrivals.next() {
                        seen.extend_from_slice(&thing);
                        arrivals.give_back(thing);
                    }
                    seen
                })
                .unwrap();
            let mut came_back = 0;
            for number in 0..100 {
                let mut thing = belt.empty();
                came_back += usize::from(thing.capacity() > 0);
                thing.clear();
                thing.push(number);
                assert!(belt.put(thing));
            }
            (belt.end(), came_back)
        });
        assert_eq!(sum, (0..100).collect::<Vec<u32>>());
        // At most three are on their way at a time: two wait, one is looked at, one is being
        // filled.
        assert!(came_back >= 96, "{came_back}");
    }

    #[test]
    fn a_thread_that_stops_early_is_noticed() {
        std::thread::scope(|threads| {
            let belt: Belt<'_, (), &str> = Belt::start(threads, "test", |_| "broken").unwrap();
            while belt.put(()) {}
            assert_eq!(belt.end(), "broken");
        });
    }
}
