/** Queries that are compiled once: building one costs as much as running it. */
import type { Compilable, CompiledQuery, Kysely } from "kysely";

class Parameter {
  constructor(readonly name: PropertyKey) {}
}

/** A query with parameters. */
export class PreparedQuery<V extends object, R> {
  private readonly compiled: CompiledQuery<R>;

  /**
   * @param build - makes the query; it gets parameters in place of values
   */
  constructor(
    private readonly tables: Kysely<any>,
    build: (parameter: <K extends keyof V>(name: K) => V[K]) => Compilable<R>,
  ) {
    this.compiled = build((name) => new Parameter(name) as never).compile();
  }

  /** Runs the query. */
  async run(values: V): Promise<R[]> {
    const parameters = this.compiled.parameters.map((each) =>
      each instanceof Parameter ? values[each.name as keyof V] : each,
    );
    return (await this.tables.executeQuery<R>({ ...this.compiled, parameters })).rows;
  }
}
