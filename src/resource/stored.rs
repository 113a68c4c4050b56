//! How what the cluster shares and what is JSON lie in a stored state of it (`lab::checkpoint`): a shared value is written
//! once and shared again by those who read it, JSON is kept as text, since the format around it does not say what is what.
//!
//! Used as `#[serde(with = "stored::shared")]`. Outside [`writing`] and [`reading`] nothing is shared.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;

/// What was written or read so far, of what is shared.
#[derive(Default)]
struct Seen {
    /// The number of each value, by its address.
    written: FxHashMap<usize, u32>,
    /// The values by their numbers; a number is taken before its value is read.
    read: Vec<Option<Arc<dyn Any + Send + Sync>>>,
}

// serde hands no context to what it derives; this one lives as long as one call of `writing` or `reading`.
thread_local! {
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// Runs `write`; what it serialises as shared is written once.
pub fn writing<T>(write: impl FnOnce() -> T) -> T {
    within(write)
}

/// Runs `read`; what it deserialises as shared is shared again.
pub fn reading<T>(read: impl FnOnce() -> T) -> T {
    within(read)
}

fn within<T>(act: impl FnOnce() -> T) -> T {
    let outer = SEEN.replace(Some(Seen::default()));
    let done = act();
    SEEN.set(outer);
    done
}

/// An `Arc` that others may hold too.
pub mod shared {
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Any, Arc, SEEN};

    /// Writes the value's number, and the value if it is the first time.
    pub fn serialize<T: Serialize, S: Serializer>(value: &Arc<T>, serializer: S) -> Result<S::Ok, S::Error> {
        let address = Arc::as_ptr(value) as usize;
        let (number, known) = SEEN.with_borrow_mut(|seen| match seen {
            None => (u32::MAX, false),
            Some(seen) => {
                let next = seen.written.len() as u32;
                let number = *seen.written.entry(address).or_insert(next);
                (number, number != next)
            }
        });
        (number, (!known).then_some(&**value)).serialize(serializer)
    }

    /// Reads what `serialize` wrote.
    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Arc<T>, D::Error>
    where
        T: DeserializeOwned + Send + Sync + 'static,
        D: Deserializer<'de>,
    {
        let Numbered(value) = Numbered::deserialize(deserializer)?;
        Ok(value)
    }

    struct Numbered<T>(Arc<T>);

    impl<'de, T: DeserializeOwned + Send + Sync + 'static> Deserialize<'de> for Numbered<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Numbered<T>, D::Error> {
            deserializer.deserialize_tuple(2, Visitor(std::marker::PhantomData)).map(Numbered)
        }
    }

    struct Visitor<T>(std::marker::PhantomData<T>);

    impl<'de, T: DeserializeOwned + Send + Sync + 'static> serde::de::Visitor<'de> for Visitor<T> {
        type Value = Arc<T>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a number, and a value if it comes for the first time")
        }

        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut parts: A) -> Result<Arc<T>, A::Error> {
            let missing = || Error::custom("a shared value is cut off");
            let number: u32 = parts.next_element()?.ok_or_else(missing)?;
            if number != u32::MAX {
                // What the value itself shares has later numbers.
                SEEN.with_borrow_mut(|seen| {
                    let read = &mut seen.get_or_insert_default().read;
                    if number as usize == read.len() {
                        read.push(None);
                    }
                });
            }
            let value: Option<T> = parts.next_element()?.ok_or_else(missing)?;
            let place = |seen: &mut Option<super::Seen>, value: Option<&Arc<T>>| -> Option<Arc<T>> {
                let place = seen.as_mut()?.read.get_mut(number as usize)?;
                match value {
                    Some(value) => *place = Some(Arc::clone(value) as Arc<dyn Any + Send + Sync>),
                    None => return Arc::clone(place.as_ref()?).downcast::<T>().ok(),
                }
                None
            };
            match value.map(Arc::new) {
                Some(value) => {
                    SEEN.with_borrow_mut(|seen| place(seen, Some(&value)));
                    Ok(value)
                }
                None => SEEN
                    .with_borrow_mut(|seen| place(seen, None))
                    .ok_or_else(|| Error::custom("what is shared does not come before those who share it")),
            }
        }
    }
}

/// The same for several, or for one that may be absent: anything that can be walked and collected.
pub mod each {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Arc;

    #[derive(Serialize)]
    struct Lent<'a, T: Serialize>(#[serde(serialize_with = "super::shared::serialize")] &'a Arc<T>);

    #[derive(Deserialize)]
    struct Owned<T: DeserializeOwned + Send + Sync + 'static>(
        #[serde(deserialize_with = "super::shared::deserialize", bound(deserialize = ""))] Arc<T>,
    );

    /// Writes each.
    pub fn serialize<'a, T, C, S>(values: &'a C, serializer: S) -> Result<S::Ok, S::Error>
    where
        T: Serialize + 'a,
        &'a C: IntoIterator<Item = &'a Arc<T>>,
        S: Serializer,
    {
        serializer.collect_seq(values.into_iter().map(Lent).collect::<Vec<_>>())
    }

    /// Reads each.
    pub fn deserialize<'de, T, C, D>(deserializer: D) -> Result<C, D::Error>
    where
        T: DeserializeOwned + Send + Sync + 'static,
        C: FromIterator<Arc<T>>,
        D: Deserializer<'de>,
    {
        let values: Vec<Owned<T>> = Deserialize::deserialize(deserializer)?;
        Ok(values.into_iter().map(|Owned(value)| value).collect())
    }
}

/// JSON, as text.
pub mod json {
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Writes the JSON text.
    pub fn serialize<T: Serialize, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    /// Reads JSON text.
    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        serde_json::from_str(&text).map_err(Error::custom)
    }
}
