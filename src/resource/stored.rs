//! How what the cluster shares and what is JSON lie in a stored state of it (`lab::checkpoint`): a shared value is written
//! once and shared again by those who read it, JSON is kept as text, since the format around it does not say what is what.
//!
//! Used as `#[serde(with = "stored::shared")]`. Outside [`to_bytes`] and [`from_bytes`] nothing is shared.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What was written or read so far, of what is shared.
#[derive(Default)]
struct Seen {
    /// The number of each value, by its address.
    written: FxHashMap<usize, u32>,
    /// The values by their numbers; a number is taken before its value is read.
    read: Vec<Option<Arc<dyn Any + Send + Sync>>>,
}

// serde hands no context to what it derives; this one lives as long as one call of `to_bytes` or `from_bytes`.
thread_local! {
    static SEEN: RefCell<Option<Seen>> = const { RefCell::new(None) };
}

/// A state as bytes, what is shared in it once.
pub fn to_bytes<T: Serialize>(state: &T) -> postcard::Result<Vec<u8>> {
    sharing(|| postcard::to_stdvec(state))
}

/// The state that [`to_bytes`] wrote; what was shared in it is shared again.
pub fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> postcard::Result<T> {
    sharing(|| postcard::from_bytes(bytes))
}

fn sharing<T>(act: impl FnOnce() -> T) -> T {
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
            SEEN.with_borrow_mut(|seen| {
                let place = seen.as_mut().and_then(|seen| seen.read.get_mut(number as usize));
                let Some(value) = value.map(Arc::new) else {
                    let known = place.and_then(|place| Arc::clone(place.as_ref()?).downcast().ok());
                    return known
                        .ok_or_else(|| Error::custom("what is shared does not come before those who share it"));
                };
                if let Some(place) = place {
                    *place = Some(Arc::clone(&value) as Arc<dyn Any + Send + Sync>);
                }
                Ok(value)
            })
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
