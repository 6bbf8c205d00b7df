use std::sync::Arc;
use std::time::Duration;

use reconciler::{Reconciler, Settings};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::rig::Rig;

/// The whole way: POST, hint, claim, tenant, record.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cluster_is_there_soon_after_it_was_asked_for() {
    let rig = Rig::new().await;
    let cancel = CancellationToken::new();
    let reconciler = Reconciler::new(
        rig.worker.store.clone(),
        rig.worker.provision.clone(),
        rig.worker.clock.clone(),
        rig.worker.rng.clone(),
        Arc::clone(&rig.hint),
        Settings::default(),
    );
    let running = tokio::spawn(reconciler.run(cancel.clone()));
    let environment = rig.first.environment_id.clone();
    let spec = json!({"spec": {"display_name": "c", "cloud": "AWS", "region": "us-east-1",
        "environment": {"id": environment}}});
    let asked = tokio::time::Instant::now();
    let id = rig.call("POST", "/cmk/v2/clusters", spec).await.expect(202).text("/id");
    let path = format!("/cmk/v2/clusters/{id}?environment={environment}");
    let there = async {
        while rig.get(&path).await.text("/status/phase") != "PROVISIONED" {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), there).await.unwrap();
    let took = asked.elapsed();
    cancel.cancel();
    running.await.unwrap();
    // Far above what it takes (a few ms), far below a scan: only a lost hint is this slow.
    assert!(took < Duration::from_secs(3), "{took:?}");
}
