//! Which of several queues a lane asks first. Pure.

/// How the queues of a worker stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// A queue is asked when those before it have nothing to give.
    Strict,
    /// Each is asked first as often as its weight is in the sum of all, and the others after it.
    Weighted(Vec<u32>),
}

impl Order {
    /// The places of `queues` queues in the order in which they are asked this time. `random` gives
    /// numbers in 0..1.
    #[must_use]
    pub fn of(&self, queues: usize, mut random: impl FnMut() -> f64) -> Vec<usize> {
        let mut places: Vec<usize> = (0..queues).collect();
        if let Order::Weighted(weights) = self {
            // The smallest of exponential variables with the weights as rates is each with the
            // probability wanted, and so is the next among the others.
            let keys: Vec<f64> =
                weights.iter().map(|weight| -(1.0 - random()).ln() / f64::from(*weight)).collect();
            places.sort_by(|one, other| keys[*one].total_cmp(&keys[*other]));
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_is_the_order_given() {
        assert_eq!(Order::Strict.of(3, || 0.5), [0, 1, 2]);
    }

    #[test]
    fn by_weight_each_queue_is_first_as_often_as_its_weight_says() {
        let order = Order::Weighted(vec![5, 1, 2]);
        let mut first = [0; 3];
        for _ in 0..16_000 {
            let places = order.of(3, rand::random);
            let mut sorted = places.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [0, 1, 2]);
            first[places[0]] += 1;
        }
        for (found, expected) in first.into_iter().zip([10_000_i32, 2_000, 4_000]) {
            assert!((found - expected).abs() < 500, "{first:?}");
        }
    }
}
