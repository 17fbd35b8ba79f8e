// A request's body, up to a limit: who sends more is not read to the end.

import { concat } from "../protocol/bytes.ts";

/** The body, or undefined if it has more than so many bytes. */
export async function readBody(request: Request, most: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > most) return undefined;
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of request.body ?? []) {
    length += part.length;
    if (length > most) return undefined;
    parts.push(part);
  }
  return concat(parts);
}

/** A JSON body of at most so many bytes; undefined for what is longer, or no JSON. */
export async function readJson(request: Request, most: number): Promise<unknown> {
  const body = await readBody(request, most);
  if (body === undefined) return undefined;
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    return undefined;
  }
}

/** A file of a form. */
export interface UploadedFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The files of a multipart/form-data body of at most so many bytes. */
export async function readFiles(
  request: Request,
  most: number,
): Promise<UploadedFile[] | "too-large" | "malformed"> {
  const body = await readBody(request, most);
  if (body === undefined) return "too-large";
  const type = request.headers.get("content-type") ?? "";
  let form: FormData;
  try {
    form = await new Response(body, { headers: { "content-type": type } }).formData();
  } catch {
    return "malformed";
  }
  const files = [...form.values()].filter((value) => value instanceof File);
  return await Promise.all(files.map(async (file) => ({ name: file.name, bytes: await file.bytes() })));
}

const decoder = new TextDecoder();
