// A SCIM server to measure beside: SCIMMY and its routers on Express 4, over maps in memory.
//
//     node scimmy.mjs TOKEN USERS.jsonl
//
// It prints `http://127.0.0.1:PORT/scim/v2` once it has the users, and serves until it is
// killed. It takes its packages from the folder that it is started in: tests/servers/scimmy/express-4
// names them.
//
// All of SCIM is SCIMMY's own. Its handlers leave to a site where resources are kept, and
// hand it the id, the filter and the page; here nothing is looked for that a map or an array
// can find: a user by id and by userName, a page by its place. A page is handed back the way
// that SCIMMY documents for long lists: an array as long as all of them, with holes.

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const express = require("express");
const { SCIMMYRouters, SCIMMY } = require("scimmy-routers");

const [token, path] = process.argv.slice(2);
if (!path) {
    console.error("usage: node scimmy.mjs TOKEN USERS.jsonl");
    process.exit(2);
}

const fold = (name) => name.toLowerCase();

/**
 * Keeps the resources of one type; values of `unique` are held by one of them only.
 * What is `stored` is there from the beginning, read as a POST is read.
 */
function keep(Resource, unique, stored = []) {
    const byId = new Map();
    const byName = new Map();

    const known = (id) => {
        const resource = byId.get(id);
        if (!resource) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return resource;
    };

    /** The value that a filter of the form `unique eq "value"` asks for. */
    const asked = (filter) => {
        if (!unique || filter.length !== 1) return undefined;
        const terms = Object.entries(filter[0]);
        if (terms.length !== 1 || fold(terms[0][0]) !== fold(unique)) return undefined;
        const [comparator, value] = terms[0][1];
        return comparator === "eq" && typeof value === "string" ? value : undefined;
    };

    const store = (data, id, created) => {
        const now = new Date();
        const meta = { created: created ?? now, lastModified: now };
        const resource = { ...JSON.parse(JSON.stringify(data)), id, meta };
        if (unique) byName.set(fold(resource[unique]), resource);
        byId.set(id, resource);
        return resource;
    };

    for (const document of stored) store(new Resource.schema(document, "in"), document.id);

    return SCIMMY.Resources.declare(Resource)
        .ingress((request, data) => {
            const before = request.id ? known(request.id) : undefined;
            if (unique) {
                const holder = byName.get(fold(data[unique]));
                if (holder && holder !== before) {
                    throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} is taken`);
                }
                if (before) byName.delete(fold(before[unique]));
            }
            return store(data, before?.id ?? randomUUID(), before?.meta.created);
        })
        .egress((request) => {
            if (request.id) return known(request.id);
            if (request.filter) {
                const value = asked(request.filter);
                if (value === undefined) return request.filter.match([...byId.values()]);
                const found = byName.get(fold(value));
                return found ? [found] : [];
            }
            const { sortBy, startIndex = 1, count = 20 } = request.constraints ?? {};
            if (sortBy) return [...byId.values()];
            const page = new Array(byId.size);
            let place = 0;
            for (const resource of byId.values()) {
                if (place >= startIndex - 1 + count) break;
                page[place++] = resource;
            }
            return page;
        })
        .degress((request) => {
            const resource = known(request.id);
            byId.delete(resource.id);
            if (unique) byName.delete(fold(resource[unique]));
        });
}

/** The users of a file, one after the other. */
function* users() {
    for (const line of readFileSync(path, "utf8").trimEnd().split("\n")) yield JSON.parse(line);
}

SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser);
keep(SCIMMY.Resources.User, "userName", users());
keep(SCIMMY.Resources.Group);

let origin = "";
const scim = new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        if (request.header("Authorization") !== `Bearer ${token}`) throw new Error("Authorization not valid");
        return "nobody";
    },
    baseUri: () => origin,
});

const server = express().use("/scim/v2", scim).listen(0, "127.0.0.1", () => {
    origin = `http://127.0.0.1:${server.address().port}`;
    console.log(`${origin}/scim/v2`);
});
