//! Workers that are replaced as a Job with `parallelism` and no `completions` replaces its pods.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::queue::process::{Ended, Worker};

struct Pod {
    worker: Worker,
    /// Whether it was sent SIGTERM: once, as the kubelet does. A second one ends it at once.
    told: bool,
}

/// A Job whose pods fail as often as they like.
pub struct Job<'a> {
    start: Box<dyn Fn() -> Worker + 'a>,
    pods: Vec<Pod>,
    /// Pods that ended by themselves, or of a signal that lets them end.
    pub ended: Vec<Ended>,
    pub killed: usize,
    asleep: bool,
}

impl<'a> Job<'a> {
    /// Starts so many pods.
    pub fn new(parallelism: usize, start: impl Fn() -> Worker + 'a) -> Job<'a> {
        let pods = (0..parallelism).map(|_| Pod { worker: start(), told: false }).collect();
        Job { start: Box::new(start), pods, ended: Vec::new(), killed: 0, asleep: false }
    }

    /// The same command for all pods.
    pub fn of(parallelism: usize, url: &'a str, arguments: &'a [&'a str]) -> Job<'a> {
        Job::new(parallelism, move || Worker::start(url, arguments))
    }

    /// Once a pod has succeeded, none is replaced any longer.
    fn replaces(&self) -> bool {
        self.ended.iter().all(|ended| ended.code != Some(0))
    }

    fn replace(&mut self) {
        if self.replaces() {
            self.pods.push(Pod { worker: (self.start)(), told: false });
        }
    }

    /// Looks which pods have ended, and replaces the failed ones.
    pub fn look(&mut self) {
        for place in (0..self.pods.len()).rev() {
            if !self.pods[place].worker.is_running() {
                let ended = self.pods.swap_remove(place).worker.end();
                let failed = ended.code != Some(0);
                self.ended.push(ended);
                if failed {
                    self.replace();
                }
            }
        }
    }

    pub fn is_over(&mut self) -> bool {
        self.look();
        self.pods.is_empty()
    }

    /// Ends a random pod at once.
    pub fn kill(&mut self) {
        if !self.pods.is_empty() {
            self.pods.swap_remove(fastrand::usize(..self.pods.len())).worker.kill();
            self.killed += 1;
            self.replace();
        }
    }

    /// Sends a random pod SIGTERM, if it has had none.
    pub fn terminate(&mut self) {
        let mut left: Vec<&mut Pod> = self.pods.iter_mut().filter(|pod| !pod.told).collect();
        if !left.is_empty() {
            let pod = left.swap_remove(fastrand::usize(..left.len()));
            pod.told = true;
            if pod.worker.is_running() {
                pod.worker.signal(Signal::TERM);
            }
        }
    }

    /// Stops a random pod, or lets all go on, in turn; true when one was stopped.
    pub fn put_to_sleep_or_wake(&mut self) -> bool {
        self.asleep = !self.asleep;
        if self.asleep && !self.pods.is_empty() {
            let place = fastrand::usize(..self.pods.len());
            self.pods[place].worker.signal(Signal::STOP);
        } else {
            for pod in &self.pods {
                pod.worker.signal(Signal::CONT);
            }
        }
        self.asleep
    }

    /// Lets something happen once in each `period` until the Job is over.
    pub fn disturbed(&mut self, period: Duration, mut disturb: impl FnMut(&mut Job<'a>)) {
        let deadline = Instant::now() + Duration::from_secs(600);
        let mut next = Instant::now() + period;
        while !self.is_over() {
            assert!(Instant::now() < deadline, "the Job does not end");
            if Instant::now() >= next {
                next += period;
                disturb(self);
            }
            std::thread::sleep(Duration::from_millis(5).min(period));
        }
    }

    /// Waits for the end of all pods; each must have succeeded.
    pub fn finish(mut self) -> Vec<Ended> {
        self.disturbed(Duration::from_secs(1), |_| {});
        for ended in &self.ended {
            assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        }
        self.ended
    }
}
