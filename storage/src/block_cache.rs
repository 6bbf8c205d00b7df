//! A cache that one pass over much data does not empty.
//!
//! What is read for the first time goes through a queue that has a quarter of the bytes, first in first
//! out. What is asked for again soon after it left that queue has shown that it is read more than once: it
//! stays in the rest of the cache, least recently used last. Being asked for while still in the queue
//! shows nothing: whoever walks through a block does so in many steps.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::Hash;

/// Keys that left the queue and are remembered.
const REMEMBERED_MAX: usize = 4096;

/// A cache of values that have a size.
#[derive(Debug)]
pub(crate) struct BlockCache<K, V> {
    limit: usize,
    entries: HashMap<K, Entry<V>>,
    /// Keys that were read once, and their bytes.
    queue: VecDeque<K>,
    queue_bytes: usize,
    /// Keys that were read again, least recently used first, and their bytes.
    kept: BTreeMap<u64, K>,
    kept_bytes: usize,
    remembered: HashSet<K>,
    remembered_order: VecDeque<K>,
    tick: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    /// Its place in `kept`; none while it is in the queue.
    used: Option<u64>,
}

impl<K: Copy + Eq + Hash, V: Clone> BlockCache<K, V> {
    /// A cache of about `limit` bytes; it always keeps what was read last.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            entries: HashMap::new(),
            queue: VecDeque::new(),
            queue_bytes: 0,
            kept: BTreeMap::new(),
            kept_bytes: 0,
            remembered: HashSet::new(),
            remembered_order: VecDeque::new(),
            tick: 0,
        }
    }

    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        let entry = self.entries.get_mut(key)?;
        if let Some(used) = &mut entry.used {
            self.kept.remove(used);
            self.tick += 1;
            *used = self.tick;
            self.kept.insert(self.tick, *key);
        }
        Some(entry.value.clone())
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Adds a value that is not there.
    pub(crate) fn insert(&mut self, key: K, value: V, bytes: usize) {
        if self.entries.contains_key(&key) {
            return;
        }
        let again = self.remembered.remove(&key);
        let used = again.then(|| {
            self.tick += 1;
            self.kept.insert(self.tick, key);
            self.kept_bytes += bytes;
            self.tick
        });
        if used.is_none() {
            self.queue.push_back(key);
            self.queue_bytes += bytes;
        }
        self.entries.insert(key, Entry { value, bytes, used });
        while self.queue_bytes + self.kept_bytes > self.limit && self.entries.len() > 1 {
            self.evict();
        }
    }

    fn evict(&mut self) {
        let queue_is_full = self.queue_bytes > self.limit / 4 || self.kept.is_empty();
        if queue_is_full && let Some(key) = self.queue.pop_front() {
            self.queue_bytes -= self.entries.remove(&key).map_or(0, |e| e.bytes);
            self.remember(key);
        } else if let Some((_, key)) = self.kept.pop_first() {
            self.kept_bytes -= self.entries.remove(&key).map_or(0, |e| e.bytes);
        }
    }

    fn remember(&mut self, key: K) {
        if self.remembered.insert(key) {
            self.remembered_order.push_back(key);
        }
        while self.remembered_order.len() > REMEMBERED_MAX {
            if let Some(oldest) = self.remembered_order.pop_front() {
                self.remembered.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cache: &mut BlockCache<u32, u32>, key: u32) -> bool {
        let hit = cache.get(&key) == Some(key);
        if !hit {
            cache.insert(key, key, 10);
        }
        hit
    }

    #[test]
    fn a_pass_over_much_leaves_what_is_read_again_and_again() {
        let mut cache = BlockCache::new(100);
        // Read, pushed out of the queue, and read again.
        for key in (0..5).chain(100..120).chain(0..5) {
            read(&mut cache, key);
        }
        for key in 200..10_000 {
            assert!(!read(&mut cache, key));
            assert!(read(&mut cache, key), "a walk through a block finds it");
        }
        assert!((0..5).all(|key| read(&mut cache, key)));
    }

    #[test]
    fn without_anything_better_the_queue_may_use_it_all() {
        let mut cache = BlockCache::new(100);
        assert!((0..10).all(|key| !read(&mut cache, key)));
        assert!((0..10).all(|key| read(&mut cache, key)));
        assert!(!read(&mut cache, 10) && !cache.contains(&0) && cache.contains(&1));
    }

    #[test]
    fn of_what_is_kept_the_least_recently_used_goes() {
        let mut cache = BlockCache::new(100);
        let again: Vec<u32> = (0..11).chain(0..11).collect();
        for key in again.into_iter().chain(20..200).chain([0]) {
            read(&mut cache, key);
        }
        let bytes = cache.queue_bytes + cache.kept_bytes;
        assert!(bytes <= 100 && cache.entries.len() == 10, "{bytes}");
        assert_eq!(cache.queue.len() + cache.kept.len(), cache.entries.len());
    }

    #[test]
    fn what_is_larger_than_the_cache_is_kept_alone() {
        let mut cache = BlockCache::new(5);
        for key in 0..3 {
            assert!(!read(&mut cache, key) && read(&mut cache, key));
        }
        assert_eq!(cache.entries.len(), 1);
    }
}
