//! Logs that a store exports as one JSON document are read as the logs that they hold.

use std::{fs, path::Path};

use countersign::{
    evidence::{Attempt, Case, InputId, Party},
    source::read_all,
};
use serde_json::{Value, json};

/// Samples of clients whose records are several lines, and of one line each.
const SAMPLES: [&str; 6] = [
    "botocore-debug/cli-2.9-autoscaling-plans",
    "botocore-debug/cli-2.9-wrong-secret-s3",
    "go-sdk-v2/wrong-secret-json",
    "java-sdk/v2-wrong-secret-json",
    "curl-verbose/curl-8.14-s3-put",
    "curl-verbose/curl-8.14-wrong-secret-s3",
];

fn log(sample: &str) -> std::io::Result<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sources");
    fs::read_to_string(folder.join(sample).join("input.log"))
}

fn read(text: &str) -> Vec<Case> {
    read_all(InputId(0), &mut text.as_bytes()).0
}

/// What was read, without its places.
fn told(text: &str) -> Vec<String> {
    let attempt = |case: &Case, attempt: &Attempt| {
        format!(
            "{} {:?} {:?} {:?} {:?} {:?}",
            case.format,
            attempt.request(),
            attempt
                .canonical_request(Party::Signer)
                .map(|claim| &claim.text),
            attempt
                .string_to_sign(Party::Service)
                .map(|claim| &claim.text),
            attempt.authorization(),
            attempt.response(),
        )
    };
    let cases = read(text);
    cases
        .iter()
        .flat_map(|case| case.attempts.iter().map(|one| attempt(case, one)))
        .collect()
}

/// A line of a log, and when it was written, in milliseconds.
type Event<'a> = (u64, &'a str);

/// Writes the events, which stand in the order of time, as a store does.
type Export = fn(&[Event<'_>]) -> Value;

const EXPORTS: [(&str, Export); 7] = [
    ("aws logs filter-log-events", |events| {
        let event = |(time, line): &Event<'_>| json!({"logStreamName": "s", "timestamp": time, "message": line});
        json!({"events": events.iter().map(event).collect::<Vec<_>>(), "searchedLogStreams": []})
    }),
    ("aws logs get-query-results", |events| {
        let event = |(time, line): &Event<'_>| json!([{"field": "@timestamp", "value": time.to_string()}, {"field": "@message", "value": line}]);
        json!({"results": events.iter().map(event).collect::<Vec<_>>(), "status": "Complete"})
    }),
    ("Datadog", |events| {
        let event = |(time, line): &Event<'_>| json!({"id": "x", "type": "log", "attributes": {"timestamp": time, "message": line}});
        json!({"data": events.iter().rev().map(event).collect::<Vec<_>>()})
    }),
    ("Elasticsearch", |events| {
        let event = |(time, line): &Event<'_>| json!({"_id": "x", "_source": {"@timestamp": time, "message": line}});
        json!({"took": 1, "hits": {"hits": events.iter().map(event).collect::<Vec<_>>()}})
    }),
    ("Loki", |events| {
        let event = |(time, line): &Event<'_>| json!([format!("{time}000000"), line]);
        let values: Vec<_> = events.iter().rev().map(event).collect();
        json!({"status": "success", "data": {"result": [{"stream": {"app": "x"}, "values": values}]}})
    }),
    ("gcloud logging read", |events| {
        let event =
            |(time, line): &Event<'_>| json!({"textPayload": line, "timestamp": format!("{time}")});
        events.iter().rev().map(event).collect()
    }),
    ("Grafana", |events| {
        let event = |(time, line): &Event<'_>| json!({"line": line, "timestamp": format!("{time}000000"), "fields": {}});
        events.iter().rev().map(event).collect()
    }),
];

#[test]
fn each_stores_export_is_read_as_the_log_it_holds() {
    for sample in SAMPLES {
        let log = log(sample).unwrap();
        let events: Vec<Event<'_>> = (1_700_000_000_000..).zip(log.lines()).collect();
        let told_plainly = told(&log);
        assert!(!told_plainly.is_empty(), "{sample}");
        for (store, export) in EXPORTS {
            let document = export(&events);
            for text in [document.to_string(), format!("{document:#}\n")] {
                assert_eq!(told(&text), told_plainly, "{sample} from {store}");
            }
        }
    }
}

#[test]
fn lines_are_those_of_the_document() {
    let log = log("botocore-debug/cli-2.9-autoscaling-plans").unwrap();
    let events: Vec<Event<'_>> = (1_700_000_000_000..).zip(log.lines()).collect();
    let (_, export) = EXPORTS[0];
    let text = format!("{:#}\n", export(&events));
    let span = read(&text)[0].attempts[0].canonical_requests[0]
        .span
        .clone();
    let lines: Vec<&str> = text.lines().collect();
    let place = usize::try_from(span.first_line).unwrap() - 1;
    assert!(lines[place].trim().starts_with('{'), "{}", lines[place]);
    let event = lines[place..place + 4].concat();
    assert!(event.contains("\"POST\""), "{event}");
}
