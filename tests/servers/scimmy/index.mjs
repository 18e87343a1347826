// A SCIM server by others: SCIMMY and its routers, over two maps in memory.
//
//     node index.mjs TOKEN        prints `http://127.0.0.1:PORT/scim/v2` and serves until it is killed
//
// It takes its packages from the folder that it is started in: `express-4` and
// `express-5` beside this file name them, `cargo xtask test` installs them.
//
// All of SCIM (filters, PATCH, paging, schemas, error bodies) is SCIMMY's own.
// What a site has to bring stands here and is as plain as can be: where resources
// are kept, and that no two users share a userName. Nothing is bent towards a client.

import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const express = require("express");
const { SCIMMYRouters, SCIMMY } = require("scimmy-routers");

const token = process.argv[2];
if (!token) {
    console.error("usage: node index.mjs TOKEN");
    process.exit(2);
}

/** Keeps the resources of one type; `refuse` throws where one must not be stored. */
function keep(Resource, refuse = () => {}) {
    const stored = new Map();

    const known = (id) => {
        if (!stored.has(id)) throw new SCIMMY.Types.Error(404, null, `Resource ${id} not found`);
        return stored.get(id);
    };

    return SCIMMY.Resources.declare(Resource)
        .ingress((request, data) => {
            const before = request.id ? known(request.id) : undefined;
            const others = [...stored.values()].filter((other) => other !== before);
            refuse(data, others);
            const now = new Date();
            const resource = {
                ...JSON.parse(JSON.stringify(data)),
                id: before?.id ?? randomUUID(),
                meta: { created: before?.meta.created ?? now, lastModified: now },
            };
            stored.set(resource.id, resource);
            return resource;
        })
        .egress((request) => {
            if (request.id) return known(request.id);
            const all = [...stored.values()];
            return request.filter ? request.filter.match(all) : all;
        })
        .degress((request) => {
            known(request.id);
            stored.delete(request.id);
        });
}

keep(SCIMMY.Resources.User, (user, others) => {
    const name = user.userName.toLowerCase();
    if (others.some((other) => other.userName.toLowerCase() === name)) {
        throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
    }
}).extend(SCIMMY.Schemas.EnterpriseUser);
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
