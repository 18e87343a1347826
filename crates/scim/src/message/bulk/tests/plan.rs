//! The order of the operations.

use super::*;

fn whole(order: &[usize]) -> Vec<Step> {
    order.iter().copied().map(Step::Whole).collect()
}

fn deferred(index: usize, without: &[&str]) -> Step {
    Step::Deferred {
        index,
        without: without.iter().map(|id| (*id).to_owned()).collect(),
    }
}

fn patch(path: &str, member: &str) -> Value {
    json!({
        "method": "PATCH",
        "path": path,
        "data": { "Operations": [{ "op": "add", "path": "members", "value": [{ "value": member }] }] },
    })
}

#[test]
fn the_clients_order_is_kept() {
    let plan = request(json!([
        group("a", &[]),
        { "method": "DELETE", "path": "/Users/1" },
        group("b", &["bulkId:a", "bulkId:nobody"]),
        { "method": "PUT", "path": "/Users/1" },
        patch("/Groups/bulkId:b", "bulkId:a"),
    ]))
    .plan();
    assert_eq!(plan, whole(&[0, 1, 2, 3, 4]));
}

#[test]
fn an_operation_waits_for_what_it_refers_to() {
    let plan = request(json!([
        group("a", &["bulkId:c"]),
        patch("/Groups/bulkId:c", "bulkId:b"),
        group("b", &[]),
        group("c", &["bulkId:b"]),
        group("d", &[]),
    ]))
    .plan();
    assert_eq!(plan, whole(&[2, 3, 0, 1, 4]));
}

#[test]
fn one_resource_sees_its_changes_in_order() {
    let plan = request(json!([
        patch("/Groups/1", "bulkId:a"),
        { "method": "DELETE", "path": "/Groups/1" },
        patch("/Groups/2", "3"),
        group("a", &[]),
    ]))
    .plan();
    assert_eq!(plan, whole(&[2, 3, 0, 1]));
}

#[test]
fn a_circle_of_two_is_broken_once() {
    let plan = request(json!([
        group("a", &["bulkId:b"]),
        group("b", &["bulkId:a"])
    ]))
    .plan();
    assert_eq!(
        plan,
        [deferred(0, &["b"]), Step::Whole(1), Step::Complete(0)]
    );
}

#[test]
fn what_only_leads_to_a_circle_is_not_broken() {
    let plan = request(json!([
        group("z", &["bulkId:a"]),
        group("a", &["bulkId:b", "bulkId:d"]),
        group("b", &["bulkId:c", "bulkId:a"]),
        group("c", &["bulkId:a"]),
        group("d", &[]),
    ]))
    .plan();
    assert_eq!(
        plan,
        [
            Step::Whole(4),
            deferred(1, &["b"]),
            Step::Whole(0),
            Step::Whole(3),
            Step::Whole(2),
            Step::Complete(1),
        ]
    );
}

#[test]
fn a_resource_may_refer_to_itself() {
    let plan = request(json!([group("a", &["bulkId:a"])])).plan();
    assert_eq!(plan, [deferred(0, &["a"]), Step::Complete(0)]);
}

#[test]
fn a_change_waits_until_its_resource_is_complete() {
    let plan = request(json!([
        group("a", &["bulkId:b"]),
        patch("/Groups/bulkId:a", "1"),
        patch("/Groups/1", "bulkId:a"),
        group("b", &["bulkId:a"]),
    ]))
    .plan();
    assert_eq!(
        plan,
        [
            deferred(0, &["b"]),
            Step::Whole(2),
            Step::Whole(3),
            Step::Complete(0),
            Step::Whole(1),
        ]
    );
}

#[test]
fn a_fault_has_its_turn() {
    let plan = request(json!([
        group("a", &["bulkId:b"]),
        { "method": "POST", "path": "/Groups", "bulkId": "b" },
    ]))
    .plan();
    assert_eq!(plan, whole(&[0, 1]));
}
