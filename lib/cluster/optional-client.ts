/** @throws Error that says what to install when the package is not there */
export async function optionalClient<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error(`it needs the package ${name}: npm install ${name}`, { cause: error });
  }
}
