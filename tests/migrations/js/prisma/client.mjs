// What an application does with Prisma's client.  Says what came back, ids and times apart.
//   node client.mjs traffic     nothing that is refused
//   node client.mjs destroy     what is
import { PrismaPg } from "@prisma/adapter-pg";
import { createRequire } from "node:module";

const { PrismaClient } = createRequire(import.meta.url)("./client");
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
const { user, post } = prisma;

function say(what, value) {
  console.log(what, JSON.stringify(value, (key, v) => (/^(id|userId|createdAt)$/.test(key) ? undefined : v)));
}

async function traffic() {
  const ada = await user.create({ data: { email: "ada@example.com", posts: { create: [{ title: "One" }, { title: "Two" }] } }, include: { posts: true } });
  say("create, nested", ada);
  say("createMany", await user.createMany({ data: [{ email: "bo@example.com" }, { email: "cy@example.com", mood: "merry" }], skipDuplicates: true }));
  say("createManyAndReturn", await post.createManyAndReturn({ data: [{ title: "Three", userId: ada.id }, { title: "Four", userId: ada.id }] }));
  say("findUnique", await user.findUnique({ where: { email: "bo@example.com" } }));
  say("findMany", await user.findMany({ where: { OR: [{ mood: "merry" }, { email: { contains: "ADA", mode: "insensitive" } }] }, include: { posts: { orderBy: { title: "asc" } } }, orderBy: { email: "asc" }, take: 3 }));
  say("findFirst, cursor", await post.findFirst({ cursor: { id: ada.posts[0].id }, skip: 1, orderBy: { id: "asc" } }));
  say("count, aggregate", [await post.count({ where: { title: { startsWith: "T" } } }), (await post.aggregate({ _count: { _all: true } }))._count._all > 0]);
  say("groupBy", (await user.groupBy({ by: ["mood"], _count: true, where: { email: { startsWith: "c" } } })));
  say("update", await user.update({ where: { id: ada.id }, data: { mood: "merry", posts: { update: { where: { id: ada.posts[0].id }, data: { published: true } }, create: { title: "Five" } } }, include: { posts: { orderBy: { id: "asc" } } } }));
  say("updateMany", await post.updateMany({ where: { userId: ada.id, published: false }, data: { published: true } }));
  say("updateManyAndReturn", await post.updateManyAndReturn({ where: { userId: ada.id, title: "Five" }, data: { title: "Six" } }));
  for (const mood of ["calm", "merry"]) {
    say("upsert", await user.upsert({ where: { email: "di@example.com" }, create: { email: "di@example.com" }, update: { mood } }));
  }
  say("connectOrCreate", await post.create({ data: { title: "Seven", user: { connectOrCreate: { where: { email: "ed@example.com" }, create: { email: "ed@example.com" } } } }, include: { user: true } }));
  say("$transaction, batch", (await prisma.$transaction([user.count({ where: { email: { startsWith: "e" } } }), post.create({ data: { title: "Eight", userId: ada.id } })]))[1]);
  say("$transaction, interactive", await prisma.$transaction(async (tx) => {
    await tx.post.create({ data: { title: "Nine", userId: ada.id } });
    return tx.post.count({ where: { userId: ada.id } });
  }, { isolationLevel: "Serializable" }));
  say("$transaction, undone", await prisma.$transaction(async (tx) => {
    await tx.post.deleteMany({ where: { userId: ada.id } });
    throw new Error("second thoughts");
  }).catch((error) => error.message));
  say("unique violation", await user.create({ data: { email: "ada@example.com" } }).catch((error) => [error.code, error.meta?.target ?? error.code]));
  say("not found", await user.update({ where: { email: "nobody@example.com" }, data: { mood: "calm" } }).catch((error) => error.code));
  say("$queryRaw", await prisma.$queryRaw`SELECT title FROM "Post" WHERE "userId" = ${ada.id} ORDER BY title`);
  say("$executeRaw", await prisma.$executeRaw`UPDATE "Post" SET published = false WHERE title = ${"Nine"}`);
  say("delete", await post.delete({ where: { id: ada.posts[1].id } }));
  say("deleteMany", await post.deleteMany({ where: { title: { in: ["Three", "Four"] } } }));
  say("delete, cascading", await user.delete({ where: { email: "bo@example.com" } }));
}

async function refused(what, promise) {
  const error = await promise.then(() => new Error("not refused"), (e) => e);
  const { message, hint } = (error.meta?.driverAdapterError ?? error).cause ?? {};  // the server's own fields
  console.log(JSON.stringify({ what, message, hint }));
}

async function destroy() {
  await refused("deleteMany({})", post.deleteMany({}));
  await refused("deleteMany()", post.deleteMany());
  await refused("updateMany({})", user.updateMany({ data: { mood: "calm" } }));
  await refused("in $transaction", prisma.$transaction([post.create({ data: { title: "Ten", user: { connect: { email: "u1@example.com" } } } }), post.deleteMany({})]));
  await refused("in $transaction(tx)", prisma.$transaction(async (tx) => {
    await tx.post.updateMany({ where: { title: "A title" }, data: { published: true } });
    await tx.user.deleteMany({});
  }));
  await refused("$executeRaw", prisma.$executeRawUnsafe(`TRUNCATE "Post"`));
  say("and then", await post.count({ where: { title: { startsWith: "B" } } }));
}

try {
  await { traffic, destroy }[process.argv[2]]();
} finally {
  await prisma.$disconnect();
}
