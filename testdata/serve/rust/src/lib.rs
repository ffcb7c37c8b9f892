//! A handler whose paths show what a handler can do, well and badly.
use std::sync::atomic::{AtomicU32, Ordering};
use wasi::http::types::*;
use wasi::io::streams::StreamError;

struct Handler;
wasi::http::proxy::export!(Handler);

/// How often this instance was called.
static CALLS: AtomicU32 = AtomicU32::new(0);

impl wasi::exports::http::incoming_handler::Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        CALLS.fetch_add(1, Ordering::Relaxed);
        let path = request.path_with_query().unwrap_or_default();
        match path.split('?').next().unwrap_or_default() {
            "/" => text(out, 200, "hello\n"),
            "/calls" => text(out, 200, &format!("{}\n", CALLS.load(Ordering::Relaxed))),
            "/id" => text(out, 200, &format!("{path}\n")),
            "/request" => text(out, 200, &describe(&request)),
            "/echo" => echo(request, out),
            "/rules" => text(out, 200, &rules(&request)),
            "/trailers" => trailers(request, out),
            "/stream" => stream(out),
            "/proxy" => proxy(&request, out),
            "/error" => ResponseOutparam::set(out, Err(ErrorCode::ConnectionTimeout)),
            "/empty" => ResponseOutparam::set(out, Ok(OutgoingResponse::new(Fields::new()))),
            "/head" => {
                let headers = Fields::new();
                headers.set("content-length", &[b"1000".to_vec()]).unwrap();
                ResponseOutparam::set(out, Ok(OutgoingResponse::new(headers)))
            }
            // What a bad handler does.
            "/loop" => loop {
                CALLS.fetch_add(1, Ordering::Relaxed);
            },
            "/memory" => {
                let mut all: Vec<Vec<u8>> = Vec::new();
                loop {
                    all.push(vec![1; 1 << 20]);
                }
            }
            "/fields" => {
                let mut all = Vec::new();
                loop {
                    let f = Fields::new();
                    for n in 0..100 {
                        f.append(&format!("x-{n}"), &vec![b'a'; 1000]).unwrap();
                    }
                    all.push(f);
                }
            }
            "/large-header" => {
                let f = Fields::new();
                f.append("x-large", &vec![b'a'; 10 << 20]).unwrap();
                ResponseOutparam::set(out, Ok(OutgoingResponse::new(f)))
            }
            "/trap" => core::arch::wasm32::unreachable(),
            "/late-trap" => {
                let body = begin(out, 200, Fields::new());
                body.write().unwrap().blocking_write_and_flush(b"part").unwrap();
                sleep(50);
                core::arch::wasm32::unreachable()
            }
            "/never" => {}
            "/hang" => sleep(3_600_000),
            "/hang-later" => {
                let body = begin(out, 200, Fields::new());
                body.write().unwrap().blocking_write_and_flush(b"part").unwrap();
                sleep(3_600_000)
            }
            "/unfinished" => {
                let body = begin(out, 200, Fields::new());
                body.write().unwrap().blocking_write_and_flush(b"part").unwrap();
            }
            "/shorter" => length(out, "10", b"short"),
            "/longer" => length(out, "3", b"longer"),
            "/informational" => {
                let r = OutgoingResponse::new(Fields::new());
                let _ = r.set_status_code(103);
                ResponseOutparam::set(out, Ok(r))
            }
            "/twice" => twice(out),
            "/flood" => flood(out),
            "/exit" => wasi::cli::exit::exit(Err(())),
            _ => text(out, 404, "not found\n"),
        }
    }
}

fn begin(out: ResponseOutparam, status: u16, headers: Fields) -> OutgoingBody {
    let response = OutgoingResponse::new(headers);
    response.set_status_code(status).unwrap();
    let body = response.body().unwrap();
    ResponseOutparam::set(out, Ok(response));
    body
}

fn text(out: ResponseOutparam, status: u16, text: &str) {
    let headers = Fields::new();
    headers.append("content-type", b"text/plain").unwrap();
    let body = begin(out, status, headers);
    write(&body, text.as_bytes());
    OutgoingBody::finish(body, None).unwrap();
}

fn write(body: &OutgoingBody, bytes: &[u8]) {
    let stream = body.write().unwrap();
    for piece in bytes.chunks(4096) {
        stream.blocking_write_and_flush(piece).unwrap();
    }
}

fn sleep(milliseconds: u64) {
    wasi::clocks::monotonic_clock::subscribe_duration(milliseconds * 1_000_000).block();
}

fn describe(request: &IncomingRequest) -> String {
    let mut s = format!(
        "method {:?}\npath {:?}\nscheme {:?}\nauthority {}\n",
        request.method(),
        request.path_with_query(),
        request.scheme(),
        request.authority().is_some()
    );
    for (name, value) in request.headers().entries() {
        s += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
    }
    s
}

/// What fields allow.
fn rules(request: &IncomingRequest) -> String {
    let f = Fields::new();
    let mut s = String::new();
    s += &format!("name with a space: {:?}\n", f.append("a b", b"1"));
    s += &format!("value with a line: {:?}\n", f.append("a", b"1\r\nb: 2"));
    s += &format!("connection: {:?}\n", f.append("Connection", b"close"));
    s += &format!("own: {:?}\n", f.set("X-One", &[b"1".to_vec(), b"2".to_vec()]));
    s += &format!("get: {:?}\n", f.get("x-one"));
    s += &format!("entries: {:?}\n", f.entries().iter().map(|e| e.0.clone()).collect::<Vec<_>>());
    s += &format!("delete: {:?} {}\n", f.delete("x-ONE"), f.has("x-one"));
    s += &format!("of a request: {:?}\n", request.headers().append("a", b"b"));
    let cloned = request.headers().clone();
    s += &format!("of a copy: {:?}\n", cloned.append("a", b"b"));
    s += &format!("list: {:?}\n", Fields::from_list(&[("a".into(), b"1".to_vec()), ("host".into(), b"b".to_vec())]).err());
    let r = OutgoingResponse::new(Fields::new());
    s += &format!("of a response: {:?}\n", r.headers().append("a", b"b"));
    s += &format!("status 99: {:?}\n", r.set_status_code(99));
    s += &format!("body twice: {} {}\n", r.body().is_ok(), r.body().is_ok());
    let q = OutgoingRequest::new(Fields::new());
    s += &format!("authority: {:?} {:?}\n", q.set_authority(Some("a b")), q.set_authority(Some("[::1]:80")));
    s += &format!("path: {:?} {:?}\n", q.set_path_with_query(Some("/a b")), q.set_path_with_query(Some("/a?b")));
    s += &format!("method: {:?} {:?}\n", q.set_method(&Method::Other("A B".into())), q.set_method(&Method::Other("PURGE".into())));
    s
}

fn echo(request: IncomingRequest, out: ResponseOutparam) {
    let body = request.consume().unwrap();
    let input = body.stream().unwrap();
    let to = begin(out, 200, Fields::new());
    let output = to.write().unwrap();
    loop {
        match output.blocking_splice(&input, 65536) {
            Ok(_) => {}
            Err(StreamError::Closed) => break,
            Err(e) => panic!("{e}"),
        }
    }
    drop(output);
    OutgoingBody::finish(to, None).unwrap();
}

/// Tells the trailers of the request in the body, and sends some.
fn trailers(request: IncomingRequest, out: ResponseOutparam) {
    let future = IncomingBody::finish(request.consume().unwrap());
    future.subscribe().block();
    let got = future.get().unwrap().unwrap().unwrap();
    let list = got.map(|t| t.entries()).unwrap_or_default();
    let body = begin(out, 200, Fields::new());
    write(&body, format!("{} trailers\n", list.len()).as_bytes());
    let t = Fields::new();
    t.append("x-count", list.len().to_string().as_bytes()).unwrap();
    for (name, value) in list {
        t.append(&name, &value).unwrap();
    }
    OutgoingBody::finish(body, Some(t)).unwrap();
}

fn stream(out: ResponseOutparam) {
    let headers = Fields::new();
    headers.append("content-type", b"text/event-stream").unwrap();
    let body = begin(out, 200, headers);
    let stream = body.write().unwrap();
    for n in 0..3 {
        stream.blocking_write_and_flush(format!("data: {n}\n\n").as_bytes()).unwrap();
        sleep(100);
    }
    drop(stream);
    OutgoingBody::finish(body, None).unwrap();
}

/// Asks the URL in the header x-target, with the body of the request, and passes the answer on.
fn proxy(request: &IncomingRequest, out: ResponseOutparam) {
    let target = String::from_utf8(request.headers().get("x-target")[0].clone()).unwrap();
    let (scheme, rest) = target.split_once("://").unwrap();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let headers = Fields::new();
    headers.append("x-from", b"wasm").unwrap();
    let q = OutgoingRequest::new(headers);
    q.set_method(&request.method()).unwrap();
    q.set_scheme(Some(&if scheme == "http" { Scheme::Http } else { Scheme::Https })).unwrap();
    q.set_authority(Some(authority)).unwrap();
    q.set_path_with_query(Some(path)).unwrap();
    let body = q.body().unwrap();
    let options = RequestOptions::new();
    options.set_connect_timeout(Some(2_000_000_000)).unwrap();
    options.set_first_byte_timeout(Some(2_000_000_000)).unwrap();
    options.set_between_bytes_timeout(Some(1_000_000_000)).unwrap();
    let future = match wasi::http::outgoing_handler::handle(q, Some(options)) {
        Ok(f) => f,
        Err(e) => return text(out, 502, &format!("{e:?}\n")),
    };
    {
        let input_body = request.consume().unwrap();
        let input = input_body.stream().unwrap();
        let output = body.write().unwrap();
        while output.blocking_splice(&input, 65536).is_ok() {}
    }
    let _ = OutgoingBody::finish(body, None);
    future.subscribe().block();
    match future.get().unwrap().unwrap() {
        Err(e) => text(out, 502, &format!("{e:?}\n")),
        Ok(answer) => {
            let headers = Fields::new();
            for (name, value) in answer.headers().entries() {
                if name != "content-length" {
                    headers.append(&name, &value).unwrap();
                }
            }
            let to = begin(out, answer.status(), headers);
            let from = answer.consume().unwrap();
            let input = from.stream().unwrap();
            let output = to.write().unwrap();
            loop {
                match output.blocking_splice(&input, 65536) {
                    Ok(_) => {}
                    Err(StreamError::Closed) => break,
                    Err(StreamError::LastOperationFailed(e)) => {
                        let code = wasi::http::types::http_error_code(&e);
                        output.blocking_write_and_flush(format!("{code:?}").as_bytes()).unwrap();
                        break;
                    }
                }
            }
            drop(output);
            OutgoingBody::finish(to, None).unwrap();
        }
    }
}

/// Declares a length and writes another.
fn length(out: ResponseOutparam, declared: &str, bytes: &[u8]) {
    let headers = Fields::new();
    headers.append("content-length", declared.as_bytes()).unwrap();
    let body = begin(out, 200, headers);
    {
        let stream = body.write().unwrap();
        if let Err(StreamError::LastOperationFailed(e)) = stream.blocking_write_and_flush(bytes) {
            eprintln!("write: {:?}", http_error_code(&e));
        }
    }
    eprintln!("finish: {:?}", OutgoingBody::finish(body, None));
}

/// Answers with a handle that has been used up.
fn twice(out: ResponseOutparam) {
    let again = unsafe { ResponseOutparam::from_handle(out.handle()) };
    ResponseOutparam::set(out, Ok(OutgoingResponse::new(Fields::new())));
    ResponseOutparam::set(again, Ok(OutgoingResponse::new(Fields::new())));
}

/// Writes without end, as fast as it is read.
fn flood(out: ResponseOutparam) {
    let body = begin(out, 200, Fields::new());
    let stream = body.write().unwrap();
    while stream.blocking_write_and_flush(&[b'x'; 4096]).is_ok() {}
}
