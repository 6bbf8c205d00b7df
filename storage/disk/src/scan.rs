//! Walks the slots of a WAL file by headers and footers.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use storage::ids::BrokerEpoch;
use storage::object_ref::ObjectRef;
use storage::slot::{HEADER_SIZE, ScannedSlot, SlotFault, SlotHeader, read_footer};
use storage::wal::ScannedFile;
use uuid::Uuid;

const WINDOW: usize = 64 << 10;
const SEARCH: usize = 1 << 20;
const MAGIC: &[u8; 8] = b"WEIRSLOT";
/// Larger than any footer that the writer builds; a damaged length must not allocate.
const FOOTER_MAX: u32 = 64 << 20;

/// A file read through a small window, so that runs of small slots cost few calls.
struct Window<'a> {
    file: &'a File,
    start: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    fn get(&mut self, at: u64, len: usize) -> io::Result<Option<&[u8]>> {
        let inside = at >= self.start && at + len as u64 <= self.start + self.bytes.len() as u64;
        if !inside {
            self.bytes.resize(len.max(WINDOW), 0);
            let n = read_up_to(self.file, &mut self.bytes, at)?;
            self.bytes.truncate(n);
            self.start = at;
        }
        let skip = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        Ok(self.bytes.get(skip..skip + len))
    }
}

/// Reads as much as the file has, at most the buffer.
pub(crate) fn read_up_to(file: &File, buf: &mut [u8], at: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buf.len() {
        match file.read_at(&mut buf[done..], at + done as u64) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

pub(crate) fn scan(file: &File, cell: Uuid, reference: &ObjectRef) -> io::Result<ScannedFile> {
    let (epoch, first) = reference.wal_parts();
    let mut window = Window { file, start: 0, bytes: Vec::new() };
    let (mut slots, mut end, mut torn) = (Vec::new(), 0_u64, None);
    loop {
        let slot = first + slots.len() as u64;
        match one(&mut window, cell, epoch, slot, end)? {
            Ok(found) => {
                end += found.header.total_len();
                slots.push(found);
            }
            Err(fault) => {
                let ended = matches!(
                    fault,
                    SlotFault::Short | SlotFault::Header(storage::slot::HeaderError::Absent)
                );
                if !ended {
                    torn = Some(fault.to_string());
                }
                break;
            }
        }
    }
    let next = first + slots.len() as u64;
    let frontier_behind = search_behind(file, cell, epoch, next, end)?;
    let uncut = file.metadata()?.len() > end;
    Ok(ScannedFile { file: *reference, slots, end, uncut, torn, frontier_behind })
}

fn one(
    window: &mut Window<'_>,
    cell: Uuid,
    epoch: BrokerEpoch,
    slot: u64,
    at: u64,
) -> io::Result<Result<ScannedSlot, SlotFault>> {
    let Some(head) = window.get(at, HEADER_SIZE)?.and_then(|b| b.first_chunk()) else {
        return Ok(Err(SlotFault::Short));
    };
    let header = match SlotHeader::parse(head, cell, epoch, slot) {
        Ok(header) => header,
        Err(e) => return Ok(Err(e.into())),
    };
    if header.footer_len > FOOTER_MAX {
        return Ok(Err(SlotFault::Content));
    }
    let footer_at = at + HEADER_SIZE as u64 + header.body_len;
    let Some(footer) = window.get(footer_at, header.footer_len as usize)? else {
        return Ok(Err(SlotFault::Short));
    };
    Ok(read_footer(&header, footer).map(|footer| ScannedSlot { position: at, header, footer }))
}

/// Looks behind the end for valid headers of later slots: they tell a torn tail from rot.
fn search_behind(
    file: &File,
    cell: Uuid,
    epoch: BrokerEpoch,
    next: u64,
    from: u64,
) -> io::Result<Option<u64>> {
    let mut buf = vec![0; SEARCH + HEADER_SIZE];
    let (mut at, mut best) = (from, None);
    loop {
        let n = read_up_to(file, &mut buf, at)?;
        if n < HEADER_SIZE {
            return Ok(best);
        }
        let last = n - HEADER_SIZE;
        let mut i = 0;
        while i <= last {
            let Some(hit) = find_magic(&buf[i..last + MAGIC.len()]) else { break };
            i += hit;
            if let Some(head) = buf.get(i..).and_then(|b| b.first_chunk::<HEADER_SIZE>()) {
                let mut word = [0; 8];
                word.copy_from_slice(&head[48..56]);
                let slot = u64::from_le_bytes(word);
                if slot > next
                    && let Ok(header) = SlotHeader::parse(head, cell, epoch, slot)
                {
                    best = best.max(Some(header.frontier));
                }
            }
            i += 1;
        }
        if n < buf.len() {
            return Ok(best);
        }
        at += SEARCH as u64;
    }
}

fn find_magic(b: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(i) = b[from..].iter().position(|x| *x == MAGIC[0]) {
        if b[from + i..].starts_with(MAGIC) {
            return Some(from + i);
        }
        from += i + 1;
    }
    None
}
