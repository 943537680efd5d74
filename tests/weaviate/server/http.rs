//! As much of HTTP/1.1 as the tests need: requests with a length, connections that stay open.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: Vec<u8>,
}

pub(super) struct Head {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) content_length: usize,
}

/// Reads up to the empty line.
pub(super) fn read_head(connection: &mut TcpStream) -> Option<Head> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match connection.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            _ => return None,
        }
    }
    let text = String::from_utf8(bytes).unwrap();
    let mut words = text.split_whitespace();
    let (method, path) = (words.next()?.to_string(), words.next()?.to_string());
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Some(Head {
        method,
        path,
        content_length: length.unwrap_or(0),
    })
}

pub(super) fn read_request(connection: &mut TcpStream, head: Head) -> Option<Request> {
    let body = read_some(connection, head.content_length)?;
    Some(Request {
        method: head.method,
        path: head.path,
        body,
    })
}

pub(super) fn read_some(connection: &mut TcpStream, bytes: usize) -> Option<Vec<u8>> {
    let mut body = vec![0; bytes];
    connection.read_exact(&mut body).ok()?;
    Some(body)
}

fn head(status: u16, length: usize, retry_after: Option<&str>) -> String {
    let retry_after = retry_after
        .map(|value| format!("Retry-After: {value}\r\n"))
        .unwrap_or_default();
    format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n{retry_after}Content-Length: {length}\r\n\r\n")
}

pub(super) fn send_answer(
    connection: &mut TcpStream,
    status: u16,
    retry_after: Option<&str>,
    body: &str,
) -> Option<()> {
    let answer = head(status, body.len(), retry_after) + body;
    connection.write_all(answer.as_bytes()).ok()
}

/// Promises the whole, sends half, and goes.
pub(super) fn send_cut(connection: &mut TcpStream, status: u16, body: &str) {
    let half = String::from_utf8_lossy(&body.as_bytes()[..body.len() / 2]).into_owned();
    let _ = connection.write_all((head(status, body.len() * 2, None) + &half).as_bytes());
}

/// Promises a lot and sends it byte by byte.
pub(super) fn send_dripping(connection: &mut TcpStream) {
    let _ = connection.write_all(head(200, 1 << 30, None).as_bytes());
    while connection.write_all(b" ").is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
}
