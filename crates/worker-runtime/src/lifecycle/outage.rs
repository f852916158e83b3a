//! An outage of a service: logged once when it begins and once when it ends.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time in which a service is not usable, told once when it begins and once when it ends,
/// however many connections and tasks run into it.
#[derive(Debug)]
pub struct Outage {
    /// What is waited for: `redis`, `S3`.
    service: &'static str,
    /// Where it is, without user and password.
    address: String,
    state: Mutex<Option<Since>>,
}

#[derive(Clone, Copy, Debug)]
struct Since {
    began: Instant,
    is_told: bool,
}

impl Outage {
    /// None yet.
    pub fn new(service: &'static str, address: String) -> Outage {
        Outage { service, address, state: Mutex::new(None) }
    }

    /// Notes that the service was not usable, for the reason `error`, and returns how long the
    /// outage has lasted.
    ///
    /// It is logged once the outage has lasted for `tell_after`: a busy server that refuses one
    /// request of many is no news, one that cannot be reached is.
    pub fn fails(&self, error: &str, tell_after: Duration) -> Duration {
        let mut state = self.state();
        let since = state.get_or_insert_with(|| Since { began: Instant::now(), is_told: false });
        let lasted = since.began.elapsed();
        if !since.is_told && lasted >= tell_after {
            since.is_told = true;
            drop(state);
            tracing::warn!(
                address = self.address,
                error,
                "{} is not usable; trying again",
                self.service
            );
        }
        lasted
    }

    /// Notes that the service has answered.
    pub fn ends(&self) {
        let ended = self.state().take();
        if let Some(Since { began, is_told: true }) = ended {
            let down_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
            tracing::warn!(address = self.address, down_ms, "{} answers again", self.service);
        }
    }

    /// Whether the outage goes on, by the last answer or failure.
    pub fn is_on(&self) -> bool {
        self.state().is_some()
    }

    fn state(&self) -> MutexGuard<'_, Option<Since>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing_subscriber::Layer;
    use tracing_subscriber::layer::{Context, SubscriberExt};

    use super::*;

    /// The messages of all events.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<String>>>);

    struct Message<'a>(&'a Told);

    impl Visit for Message<'_> {
        fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
            if field.name() == "message" {
                self.0.0.lock().expect("not poisoned").push(format!("{value:?}"));
            }
        }
    }

    impl<S: tracing::Subscriber> Layer<S> for Told {
        fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
            assert_eq!(*event.metadata().level(), tracing::Level::WARN);
            event.record(&mut Message(self));
        }
    }

    fn told_of(what: impl FnOnce(&Outage)) -> Vec<String> {
        let told = Told::default();
        let subscriber = tracing_subscriber::registry().with(told.clone());
        tracing::subscriber::with_default(subscriber, || {
            what(&Outage::new("redis", "host:1".to_owned()))
        });
        told.0.lock().expect("not poisoned").clone()
    }

    #[test]
    fn an_outage_is_told_when_it_begins_and_when_it_ends() {
        let told = told_of(|outage| {
            outage.ends();
            assert!(outage.fails("refused", Duration::ZERO) < Duration::from_secs(60));
            outage.fails("refused", Duration::ZERO);
            outage.ends();
            outage.ends();
        });
        assert_eq!(told, ["redis is not usable; trying again", "redis answers again"]);
    }

    #[test]
    fn what_is_over_before_it_is_worth_telling_is_not_told() {
        let told = told_of(|outage| {
            outage.fails("busy", Duration::MAX);
            outage.ends();
        });
        assert!(told.is_empty(), "{told:?}");
    }
}
