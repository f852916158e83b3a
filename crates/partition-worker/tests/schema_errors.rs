//! Schemas that cannot be used: a mistake of the manifest for every index alike (64), told with its
//! place.

mod support;

use support::Folder;

#[test]
fn a_schema_that_cannot_be_used_is_an_error_of_the_settings_and_names_its_place() {
    for (schema, says) in [
        (
            r#"{"fields": [{"name": "id"}, {"name": "amount"}, {"name": "id"}]}"#,
            &["#1 and #3", "id", "--fields-match exact"][..],
        ),
        (
            r#"{"fields": [{"name": "id", "primaryKey": true}, {"name": "amount"}]}"#,
            &["id", "primaryKey", "beside"],
        ),
        (
            r#"{"path": "a.csv", "schema": {"fields": [{"name": "id"}, {"name": "amount"}]}}"#,
            &["schema.json", "a resource of a Data Package"],
        ),
        (r#"{"resources": []}"#, &["schema.json", "--package"]),
        (r#"{"fields": [{"name": "id"}, "amount"]}"#, &["schema.json", "#2"]),
        ("{\"fields\": [{\"name\": \"id\"},\n]}", &["schema.json", "line 2 column 1"]),
    ] {
        let folder = Folder::with_input("id,amount\na,1\n");
        folder.write("schema.json", schema);
        let ran = folder.validate(0, 1, &[]);
        let error = ran.assert_code(64).error();
        for text in says {
            assert!(error.contains(text), "{text:?} is not in {error}");
        }
        assert!(folder.tree("out").is_empty());
    }
}

#[test]
fn fields_of_one_name_are_told_apart_by_their_positions() {
    let twins = r#"{"fields": [{"name": "a"}, {"name": "a", "type": "integer"}]}"#;
    for (file, more) in
        [("a,a\nx,1\nx,y\n", &["--fields-match", "exact"][..]), ("x,1\nx,y\n", &["--no-header"])]
    {
        let folder = Folder::with_input(file);
        folder.write("schema.json", twins);
        folder.validate(0, 1, more).assert_code(0);
        let summary = folder.json("out/part-00000/summary.json");
        assert_eq!((&summary["accepted"], &summary["rejected"]), (&1.into(), &1.into()));
    }
}
