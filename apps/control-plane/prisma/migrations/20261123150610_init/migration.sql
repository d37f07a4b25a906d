-- CreateTable
CREATE TABLE "Sample" (
    "subject" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "at" BIGINT NOT NULL,
    "node" TEXT NOT NULL,
    "capacity" BIGINT NOT NULL,
    "allocated" BIGINT,
    "reserved" BIGINT,
    "available" BIGINT,
    "used" BIGINT,

    PRIMARY KEY ("subject", "key", "at")
);

-- CreateIndex
CREATE INDEX "Sample_at_idx" ON "Sample"("at");
